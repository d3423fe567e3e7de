"""Alice and her courses in Python: fill in an object, turn it into bytes, in a
file and in memory, and read it back.

    protoc --python_out=. student.proto
    python3 student.py alice.bin           writes Alice
    python3 student.py other.bin copy.bin  reads what another program wrote, and copies it
"""
import sys

import student_pb2  # protoc makes it of student.proto
from google.protobuf import text_format
from google.protobuf.message import DecodeError


def alice():
    s = student_pb2.StudentInfo(age=18, name="Alice", sex=student_pb2.FEMALE)
    s.courses.add(name="calculus", credit=5)
    s.courses.add(name="Fundamentals of Electronic Circuits and System", credit=2)
    return s


def show(s):
    print(f"age {s.age}, name {s.name}, sex {student_pb2.Sex.Name(s.sex)}")
    for c in s.courses:
        print(f"  {c.credit} credits: {c.name}")


def main(args):
    if len(args) not in (1, 2):
        sys.exit("usage: student.py OUT | student.py IN OUT")
    s = alice()
    if len(args) == 2:  # what another program wrote
        with open(args[0], "rb") as f:
            try:
                s = student_pb2.StudentInfo.FromString(f.read())
            except DecodeError:
                sys.exit(f"student.py: {args[0]} is no StudentInfo")
    with open(args[-1], "wb") as f:
        f.write(s.SerializeToString())

    # The same bytes in memory, and back.
    data = s.SerializeToString()
    back = student_pb2.StudentInfo.FromString(data)
    print(f"{len(data)} bytes")
    show(back)
    print(text_format.MessageToString(back), end="")  # every field by its name


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as e:  # no such file, no space
        sys.exit(f"student.py: {e}")

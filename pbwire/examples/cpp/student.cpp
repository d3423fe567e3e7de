// Alice and her courses in C++: fill in an object, turn it into bytes, in a
// file and in an array, and read it back.
//
//   protoc --cpp_out=. student.proto
//   g++ -o student student.cpp student.pb.cc -lprotobuf -pthread
//   ./student alice.bin           writes Alice
//   ./student other.bin copy.bin  reads what another program wrote, and copies it
#include "student.pb.h" // protoc makes it of student.proto

#include <fstream>
#include <iostream>
#include <string>

using student::StudentInfo; // package student is namespace student

static void add_course(StudentInfo &s, const std::string &name, int credit) {
  student::Course *c = s.add_courses(); // a new element; s owns it
  c->set_name(name);
  c->set_credit(credit);
}

static StudentInfo alice() {
  StudentInfo s;
  s.set_age(18);
  s.set_name("Alice");
  s.set_sex(student::FEMALE);
  add_course(s, "calculus", 5);
  add_course(s, "Fundamentals of Electronic Circuits and System", 2);
  return s;
}

static void print(const StudentInfo &s) {
  std::cout << "age " << s.age() << ", name " << s.name() << ", sex "
            << student::Sex_Name(s.sex()) << "\n";
  for (const student::Course &c : s.courses())
    std::cout << "  " << c.credit() << " credits: " << c.name() << "\n";
}

static bool write(const StudentInfo &s, const char *file) {
  std::ofstream out(file, std::ios::binary);
  return s.SerializeToOstream(&out) && out.flush();
}

int main(int argc, char **argv) {
  GOOGLE_PROTOBUF_VERIFY_VERSION; // the library is the one of the header
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: student OUT | student IN OUT\n";
    return 2;
  }
  StudentInfo s = alice();
  if (argc == 3) { // what another program wrote
    std::ifstream in(argv[1], std::ios::binary);
    if (!in) {
      std::cerr << "student: cannot open " << argv[1] << "\n";
      return 1;
    }
    if (!s.ParseFromIstream(&in)) {
      std::cerr << "student: " << argv[1] << " is no StudentInfo\n";
      return 1;
    }
  }
  const char *file = argv[argc - 1];
  if (!write(s, file)) {
    std::cerr << "student: cannot write " << file << "\n";
    return 1;
  }

  // The same bytes in memory, and back.
  std::string array(s.ByteSizeLong(), '\0');
  StudentInfo back;
  if (!s.SerializeToArray(&array[0], static_cast<int>(array.size())) ||
      !back.ParseFromArray(array.data(), static_cast<int>(array.size()))) {
    std::cerr << "student: the way back failed\n";
    return 1;
  }
  std::cout << array.size() << " bytes\n";
  print(back);
  std::cout << back.DebugString(); // every field by its name
}

"""Calls the Greeter in each way that there is.

    python3 client.py [HOST:PORT [PAUSE]]

PAUSE is how many seconds the reader and the writer of a stream take their
time; 0 if it is not given.
"""

import sys
import time

import grpc

from generated import hello_pb2, hello_pb2_grpc

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8888"
PAUSE = float(sys.argv[2]) if len(sys.argv) > 2 else 0


def request(name):
    return hello_pb2.HelloRequest(name=name)


def slowly(names):
    """A generator: gRPC takes a request from it when it can send one."""
    for name in names:
        yield request(name)
        time.sleep(PAUSE)


def main(stub):
    # One request, one reply. The program stands still until it is here.
    print(stub.SayHello(request("Alice")).reply)

    # The same, without standing still: the reply is fetched later.
    future = stub.SayHello.future(request("Bob"))
    print("the call is on its way")
    print(future.result().reply)

    # One request, many replies. A reader that comes late finds them waiting,
    # in their order; a reader that is early waits for the next one.
    replies = stub.LotsOfReplies(request("Cindy"))
    time.sleep(PAUSE)
    for message in replies:
        print(message.reply)

    # Many requests, one reply.
    print(stub.LotsOfGreetings(slowly(["Alice", "Bob", "Cindy"])).reply)

    # Many requests, many replies, each as soon as it can be.
    for message in stub.BidiHello(slowly(["Dora", "Emil"])):
        print(message.reply)

    # A refusal is a status: a code and a text.
    try:
        stub.SayHello(request(""))
    except grpc.RpcError as error:
        print(error.code().name, error.details())

    # A deadline goes with the call, so that the server knows it too.
    try:
        stub.SayHello(request("Frida"), timeout=-1)  # it is over already
    except grpc.RpcError as error:
        print(error.code().name)


if __name__ == "__main__":
    try:
        with grpc.insecure_channel(ADDRESS) as channel:
            main(hello_pb2_grpc.GreeterStub(channel))
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")

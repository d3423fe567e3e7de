"""Serves the Greeter.

    python3 server.py [HOST:PORT]

With port 0 it takes a free one; it prints where it listens.
"""

import sys
from concurrent import futures

import grpc

from generated import hello_pb2, hello_pb2_grpc

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8888"


def greet(request, context):
    if not request.name:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the name is empty")
    return f"Hello, {request.name}!"


class Greeter(hello_pb2_grpc.GreeterServicer):
    def SayHello(self, request, context):
        return hello_pb2.HelloReply(reply=greet(request, context))

    def LotsOfReplies(self, request, context):
        for i in range(10):
            yield hello_pb2.HelloReply(reply=f"{greet(request, context)} {i}")

    def LotsOfGreetings(self, requests, context):
        return hello_pb2.HelloReply(reply="".join(greet(r, context) + " " for r in requests))

    def BidiHello(self, requests, context):
        for request in requests:
            yield hello_pb2.HelloReply(reply=greet(request, context))


if __name__ == "__main__":
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    hello_pb2_grpc.add_GreeterServicer_to_server(Greeter(), server)
    host = ADDRESS.rpartition(":")[0]
    port = server.add_insecure_port(ADDRESS)
    server.start()
    print(f"listening on {host}:{port}", flush=True)
    server.wait_for_termination()

"""Imports the Python code of hello.proto, which it first has made.

pip's grpcio-tools makes it, or Debian's protoc with the plugin of the package
protobuf-compiler-grpc; whichever is here. The code goes to a folder that is
gone when the program ends: it belongs to the version of the libraries.
"""

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROTOS = os.path.join(HERE, "..", "..", "hello")


def commands(out):
    if importlib.util.find_spec("grpc_tools"):
        yield [sys.executable, "-m", "grpc_tools.protoc", "-I", PROTOS,
               "--python_out", out, "--grpc_python_out", out, "hello.proto"]
    plugin = shutil.which("grpc_python_plugin")
    if shutil.which("protoc") and plugin:
        yield ["protoc", "-I", PROTOS, "--plugin=protoc-gen-grpc=" + plugin,
               "--python_out", out, "--grpc_out", out, "hello.proto"]


def load():
    """Returns the modules hello_pb2 and hello_pb2_grpc."""
    with tempfile.TemporaryDirectory() as out:
        for command in commands(out):
            subprocess.run(command, check=True)
            sys.path.insert(0, out)
            try:
                return (importlib.import_module("hello_pb2"),
                        importlib.import_module("hello_pb2_grpc"))
            finally:
                sys.path.remove(out)
    sys.exit("no compiler for .proto files: pip install grpcio grpcio-tools, or\n"
             "apt install python3-grpcio protobuf-compiler protobuf-compiler-grpc")


hello_pb2, hello_pb2_grpc = load()

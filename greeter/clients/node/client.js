// Calls the Greeter in each way that there is.
//
//     npm start -- [HOST:PORT [HELLO.PROTO]]
//
// @grpc/proto-loader reads hello.proto at run time: no code is generated.
"use strict";

const path = require("node:path");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const address = process.argv[2] || "127.0.0.1:8888";
const proto = process.argv[3] || path.join(__dirname, "../../hello/hello.proto");
const { hello } = grpc.loadPackageDefinition(loader.loadSync(proto));

// promise turns a method with a callback into one that is awaited.
const promise = (call) =>
  new Promise((done, failed) => call((error, value) => (error ? failed(error) : done(value))));

async function main(client) {
  // One request, one reply.
  const one = await promise((back) => client.SayHello({ name: "Alice" }, back));
  console.log(one.reply);

  // One request, many replies: a stream is read like any other of Node's.
  for await (const message of client.LotsOfReplies({ name: "Cindy" })) {
    console.log(message.reply);
  }

  // Many requests, one reply.
  const all = await promise((back) => {
    const call = client.LotsOfGreetings(back);
    for (const name of ["Alice", "Bob", "Cindy"]) call.write({ name });
    call.end();
  });
  console.log(all.reply);

  // Many requests, many replies: the next name goes when a reply has come.
  const names = ["Dora", "Emil"];
  const both = client.BidiHello();
  both.write({ name: names.shift() });
  for await (const message of both) {
    console.log(message.reply);
    if (names.length > 0) both.write({ name: names.shift() });
    else both.end();
  }

  // A refusal is a status: a code and a text.
  await promise((back) => client.SayHello({ name: "" }, back)).catch((error) =>
    console.log(grpc.status[error.code], error.details));

  // A deadline goes with the call, so that the server knows it too.
  await promise((back) => client.SayHello({ name: "Frida" }, { deadline: 1 }, back)).catch((error) =>
    console.log(grpc.status[error.code]));
}

const client = new hello.Greeter(address, grpc.credentials.createInsecure());
main(client)
  .catch((error) => {
    console.error(`${grpc.status[error.code]}: ${error.details}`);
    process.exitCode = 1;
  })
  .finally(() => client.close());

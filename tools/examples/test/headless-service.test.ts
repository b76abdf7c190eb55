import { type Client, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { afterEach, expect, it } from "vitest";
import { DnsServer } from "../../../packages/core/test/support/dns-server.js";
import { headlessService } from "../src/headless-service.js";

const same = (bytes: Buffer): Buffer => bytes;
const path = "/test.Pod/Name";
const method = {
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
};

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A pod: answers every call with its own address. */
async function startPod(host: string, port: number): Promise<{ readonly port: number; readonly terminate: () => Promise<void> }> {
  const server = new Server();
  server.addService(
    { name: method },
    { name: (_: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => done(null, Buffer.from(host)) },
  );
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, at) => (error ? reject(error) : resolve(at)));
  });
  endings.push(() => server.forceShutdown());
  // What a pod does on SIGTERM: it says goodbye and ends the calls that it has begun.
  return { port: bound, terminate: () => new Promise((resolve) => server.tryShutdown(() => resolve())) };
}

/** Which pod answers one call. */
function call(client: Client): Promise<string> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, Buffer.alloc(0), { deadline: Date.now() + 10_000 }, (error, name) =>
      error ? reject(error) : resolve(String(name)),
    );
  });
}

it("follows a headless service whose pods are all replaced, and no call fails", async () => {
  const dns = await DnsServer.start();
  endings.push(() => dns[Symbol.asyncDispose]());
  const ready = (...A: readonly string[]): void => void dns.names.set("pods.default.svc.cluster.local", { A });
  const first = await startPod("127.0.0.1", 0);
  const { port } = first;
  const second = await startPod("127.0.0.2", port);
  ready("127.0.0.1", "127.0.0.2");

  const { client, poller } = headlessService("pods.default.svc.cluster.local", port, dns.resolver());
  endings.push(
    () => poller.close(),
    () => client.close(),
  );
  /** Calls, one after another, until the last ones were answered by exactly these pods. */
  const until = async (...pods: readonly string[]): Promise<void> => {
    for (let lately: string[] = []; [...new Set(lately)].sort().join() !== pods.join() || lately.length < 10; ) {
      lately = [...lately.slice(-9), await call(client)];
    }
  };
  await until("127.0.0.1", "127.0.0.2");

  await startPod("127.0.0.3", port);
  ready("127.0.0.2", "127.0.0.3");
  await Promise.all([first.terminate(), until("127.0.0.2", "127.0.0.3")]);

  await startPod("127.0.0.4", port);
  ready("127.0.0.3", "127.0.0.4");
  await Promise.all([second.terminate(), until("127.0.0.3", "127.0.0.4")]);
  expect(poller.snapshot?.endpoints.map(({ host }) => host)).toEqual(["127.0.0.3", "127.0.0.4"]);
});

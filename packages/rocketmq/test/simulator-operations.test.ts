import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { REQUEST } from "../src/protocol/request-codes.js";
import { announceBroker, startAddressServer, startRocketmqSimulator } from "../src/simulator/index.js";
import { ask, at, listed, route, simulator, text } from "./simulator-support.js";
import { exchange, requestText } from "./support/raw-http.js";

const TWO_TOPICS = { orders: 6, audit: 4 };

async function accepts(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`rocketmq://${address}`);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  return await once(socket, "connect").then(
    () => true,
    () => false,
  );
}

test("what is being started when the cluster ends is ended too, and nothing can be started later", async () => {
  const cluster = await startRocketmqSimulator({ nameservers: 1, brokers: 1 });
  const broker = at(cluster.brokers, 0);
  await cluster.kill(broker);
  const begun = [
    cluster.addNameserver(),
    cluster.addBroker(),
    cluster.start(broker),
    cluster.announce({ name: "fake", topics: TWO_TOPICS }),
  ];
  const over = Promise.allSettled(begun);
  await cluster[Symbol.asyncDispose]();
  await over;
  for (const { address } of [...cluster.nameservers, ...cluster.brokers]) expect(await accepts(address)).toBe(false);
  await expect(cluster.addNameserver()).rejects.toThrow("the cluster has ended");
  await expect(cluster.addBroker()).rejects.toThrow("the cluster has ended");
  await expect(cluster.start(broker)).rejects.toThrow("the cluster has ended");
  await expect(cluster.announce({ name: "fake", topics: TWO_TOPICS })).rejects.toThrow("the cluster has ended");
  await cluster[Symbol.asyncDispose]();
});

test("errors name the server, a nameserver by its address", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 1 });
  const nameserver = at(cluster.nameservers, 0);
  const name = `nameserver ${nameserver.address}`;
  await expect(cluster.start(nameserver)).rejects.toThrow(`${name} runs already`);
  await cluster.freeze(nameserver);
  await cluster.freeze(nameserver);
  await expect(cluster.start(nameserver)).rejects.toThrow(`${name} runs already`);
  await expect(cluster.stop(nameserver)).rejects.toThrow(`${name} is frozen`);
  await cluster.thaw(nameserver);
  await cluster.thaw(nameserver);
  await cluster.kill(nameserver);
  for (const how of ["kill", "stop", "freeze", "thaw"] as const) await expect(cluster[how](nameserver)).rejects.toThrow(`${name} is down`);
});

test("write permissions are changed where nameservers run; of a broker that none knows, it is refused", async () => {
  const cluster = await simulator({ nameservers: 2, brokers: 1 });
  await expect(cluster.setWritable("broker-x", false)).rejects.toThrow("no nameserver knows a topic of broker-x");
  await cluster.freeze(at(cluster.nameservers, 0));
  await cluster.setWritable("broker-a", false);
  expect((await route(at(cluster.nameservers, 1), "TBW102"))?.queueDatas).toMatchObject([{ perm: 5 }]);
  const fake = await cluster.announce({ name: "fake", topics: TWO_TOPICS });
  expect(await listed(at(cluster.nameservers, 1))).toContain(`fake[0=${fake.address}]`);
});

test("a topic is created on brokers that run; without one, or on one that does not, it is refused at once", async () => {
  const cluster = await simulator({ nameservers: 1 });
  const [first, second] = [at(cluster.brokers, 0), at(cluster.brokers, 1)];
  await cluster.freeze(first);
  await cluster.createTopic("orders");
  expect((await route(at(cluster.nameservers, 0), "orders"))?.queueDatas).toMatchObject([{ brokerName: "broker-b" }]);
  await expect(cluster.createTopic("audit", { brokers: [first] })).rejects.toThrow("broker-a is frozen");
  await cluster.kill(second);
  await expect(cluster.createTopic("audit", { brokers: [second] })).rejects.toThrow("broker-b is down");
  await expect(cluster.createTopic("audit")).rejects.toThrow("no broker is up to take audit");
  await expect(cluster.createTopic("audit", { brokers: [] })).rejects.toThrow("no broker is up to take audit");
});

test("a broker that no nameserver would take is refused, and is not there", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  await expect(cluster.addBroker({ name: "" })).rejects.toThrow("a broker has a name");
  expect(cluster.brokers).toEqual([]);
});

test("a topic with no number of queues is refused, and the broker stays listed", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 1 });
  for (const queues of [-1, 1.5, Number.NaN])
    await expect(cluster.createTopic("orders", { queues })).rejects.toThrow("are no numbers of queues");
  await cluster.createTopic("audit");
  expect(await listed(at(cluster.nameservers, 0))).toHaveLength(1);
});

test("an announcement that makes no sense is refused, with what is wrong", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  await expect(cluster.announce({ name: "", topics: TWO_TOPICS })).rejects.toThrow(
    /is refused with 1: this is no registration: [\s\S]*brokerName/,
  );
  await expect(cluster.announce({ name: "fake", id: -1, topics: TWO_TOPICS })).rejects.toThrow("brokerId");
  await expect(cluster.announce({ name: "fake", topics: TWO_TOPICS, at: [] })).rejects.toThrow("no nameserver is there to take fake");
  await cluster.freeze(at(cluster.nameservers, 0));
  await expect(cluster.announce({ name: "fake", topics: TWO_TOPICS })).rejects.toThrow("no nameserver is there to take fake");
});

test("an announcement that one nameserver refuses leaves no socket at the others, connected or not", async () => {
  const cluster = await simulator({ nameservers: 2, brokers: 0 });
  const [refusing, frozen] = [at(cluster.nameservers, 0), at(cluster.nameservers, 1)];
  cluster.answer(refusing, { kind: "code", code: 1 }, [REQUEST.REGISTER_BROKER]);
  await cluster.freeze(frozen);
  await expect(cluster.announce({ name: "fake", topics: TWO_TOPICS })).rejects.toThrow("is refused with 1");
  await cluster.thaw(frozen);
  await expect.poll(() => cluster.connectionsOf(frozen)).toBe(0);
  expect(await listed(frozen)).toEqual([]);
});

test("an announcement that one nameserver refuses stops connecting to another one", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  const nameserver = at(cluster.nameservers, 0);
  // Never shakes hands, while nobody listens at the other address.
  const deaf = createServer();
  const gone = new Promise((resolve) =>
    deaf.once("connection", (socket) =>
      socket
        .on("error", () => {})
        .resume()
        .once("close", resolve),
    ),
  );
  deaf.listen(0, "127.0.0.1");
  await once(deaf, "listening");
  onTestFinished(() => void deaf.close());
  await cluster.kill(nameserver);
  const { port } = deaf.address() as { port: number };
  const context = {
    cluster: "c",
    address: "127.0.0.1:1",
    nameservers: [{ address: `127.0.0.1:${port}` }, nameserver],
    client: { tls: {} },
  };
  await expect(announceBroker({ name: "fake", topics: TWO_TOPICS }, context)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await gone;
});

test("changes at the same time are made one after the other, over one socket to each nameserver", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  const nameserver = at(cluster.nameservers, 0);
  const broker = await cluster.announce({ name: "fake", topics: TWO_TOPICS });
  await cluster.kill(nameserver);
  await cluster.start(nameserver);
  await Promise.all([broker.change({ orders: 4, audit: 4 }), broker.change({ orders: 6, audit: 6 })]);
  expect((await route(nameserver, "orders"))?.queueDatas).toMatchObject([{ perm: 6 }]);
  await broker.withdraw();
  expect(await listed(nameserver)).toEqual([]);
  await expect.poll(() => cluster.connectionsOf(nameserver)).toBe(0);
});

test("zone mode without a zone changes nothing, the keys neither", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 1 });
  const fields = { topic: "TBW102", acceptStandardJsonOnly: "true", __ZONE_MODE: "true" };
  expect(text(await ask(at(cluster.nameservers, 0), REQUEST.GET_ROUTEINFO_BY_TOPIC, fields))).toContain('{"0":"127.0.0.1:');
});

test("an address server survives what is no path, and HEAD in every mode", async () => {
  const server = await startAddressServer(["127.0.0.1:9876"]);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const port = Number(new URL(server.url).port);
  for (const target of ["//", "http://[", "*", "/%"])
    expect(await exchange(port, requestText(`GET ${target} HTTP/1.1`, "Connection: close"))).toMatch(/^HTTP\/1\.1 404 /);
  for (const mode of ["ok", "empty", "html", "trickle", "endless", "redirect-loop", "error-404"] as const) {
    server.mode = mode;
    const answer = await fetch(server.url, { method: "HEAD", redirect: "manual" });
    expect([mode, await answer.text()]).toEqual([mode, ""]);
  }
});

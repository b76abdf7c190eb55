import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { startEtcdSimulator } from "@rollcall/etcd/simulator";
import { startKafkaSimulator } from "@rollcall/kafka/simulator";
import { startRocketmqSimulator } from "@rollcall/rocketmq/simulator";

/** The clusters that the documents speak of, running in this process. */
export interface ReadmeStage {
  /** What a document names, and what stands there instead. */
  readonly stands: Readonly<Record<string, string>>;
  /** The code of a document, with what stands there in place of what it names. */
  set(code: string): string;
  close(): Promise<void>;
}

/** Starts an etcd, a Kafka, a RocketMQ and a NATS cluster, and a registry that lists its members over HTTP. */
export async function startReadmeStage(): Promise<ReadmeStage> {
  const parts = await Promise.all([etcd(), kafka(), rocketmq(), nats(), registry()]);
  const stands: Readonly<Record<string, string>> = Object.assign({}, ...parts.map((part) => part.stands));
  return {
    stands,
    set: (code) => Object.entries(stands).reduce((text, [name, stand]) => text.replaceAll(name, stand), code),
    close: async () => void (await Promise.all(parts.map((part) => part.close()))),
  };
}

type Part = Pick<ReadmeStage, "stands" | "close">;

async function etcd(): Promise<Part> {
  const cluster = await startEtcdSimulator();
  const urls = cluster.members.map(({ clientUrl }) => clientUrl);
  return {
    stands: {
      "http://127.0.0.1:2379": urls[0] ?? "",
      ...numbered(
        2379,
        urls.map((url) => new URL(url).host),
      ),
    },
    close: () => cluster[Symbol.asyncDispose](),
  };
}

async function kafka(): Promise<Part> {
  const cluster = await startKafkaSimulator();
  await cluster.createTopics([{ topic: "orders", partitions: 3 }]);
  return {
    stands: numbered(
      9092,
      cluster.brokers.map(({ address }) => address),
    ),
    close: () => cluster[Symbol.asyncDispose](),
  };
}

async function rocketmq(): Promise<Part> {
  const cluster = await startRocketmqSimulator();
  await cluster.createTopic("orders");
  return {
    stands: {
      "http://10.0.0.9:8080/rocketmq/nsaddr": cluster.addressServer.url,
      ...numbered(
        9876,
        cluster.nameservers.map(({ address }) => address),
      ),
    },
    close: () => cluster[Symbol.asyncDispose](),
  };
}

/** Servers that say what a NATS server says to everybody who connects: who they are, and who else there is. */
async function nats(): Promise<Part> {
  const servers = Array.from({ length: 3 }, () =>
    createTcpServer((socket) => {
      const info = { server_id: "N1", version: "2.15.3", cluster: "demo", connect_urls: addresses() };
      socket.on("error", () => undefined).end(`INFO ${JSON.stringify(info)} \r\n`);
    }),
  );
  const addresses = (): readonly string[] => servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  await Promise.all(servers.map((server) => once(server.listen(0, "127.0.0.1"), "listening")));
  return { stands: numbered(4222, addresses()), close: async () => void servers.map((server) => server.close()) };
}

async function registry(): Promise<Part> {
  const server = createServer((_request, response) => response.end(JSON.stringify([{ name: "n1", host: "10.0.0.1", port: 8080 }])));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    stands: { "http://127.0.0.1:8500": `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    close: async () => void server.close().closeAllConnections(),
  };
}

/** `10.0.0.1:port`, `10.0.0.2:port`...: the names that the documents give to the members of a cluster. */
function numbered(port: number, addresses: readonly string[]): Record<string, string> {
  return Object.fromEntries(addresses.map((address, at) => [`10.0.0.${at + 1}:${port}`, address]));
}

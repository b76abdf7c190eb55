import { connect, type Socket } from "node:net";
import { Kafka, logLevel, type Producer } from "kafkajs";
import { onTestFinished } from "vitest";
import type { BrokersAnswer } from "../src/protocol/brokers-answer.js";
import { readDescribeCluster } from "../src/protocol/describe-cluster.js";
import { metadataRequest, readMetadata, type TopicAnswer } from "../src/protocol/metadata.js";
import { type KafkaSimulator, type KafkaSimulatorOptions, type KafkaTestBroker, startKafkaSimulator } from "../src/simulator/index.js";

/** Starts a simulator that ends with the test. */
export async function simulator(options: KafkaSimulatorOptions = {}): Promise<KafkaSimulator> {
  const cluster = await startKafkaSimulator({ sessionMs: 40, ...options });
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster;
}

/** The broker at this place, by id; fails the test if there is none. */
export function brokerAt({ brokers }: Pick<KafkaSimulator, "brokers">, index: number): KafkaTestBroker {
  const broker = brokers[index];
  if (broker === undefined) throw new Error(`the cluster has no broker ${index}`);
  return broker;
}

/** kafkajs as an application has it, with short patience. */
export function kafka(cluster: KafkaSimulator, options: ConstructorParameters<typeof Kafka>[0] | object = {}): Kafka {
  return new Kafka({
    brokers: cluster.brokers.map(({ address }) => address),
    ...cluster.client,
    clientId: "rollcall",
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    retry: { retries: 5, initialRetryTime: 50 },
    ...options,
  });
}

/** A connected producer that ends with the test. */
export async function producer(client: Kafka, options: Parameters<Kafka["producer"]>[0] = {}): Promise<Producer> {
  const made = client.producer(options);
  onTestFinished(() => made.disconnect());
  await made.connect();
  return made;
}

/** A bare connection that ends with the test: whole frames out, bytes in. */
export class RawClient {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  /** Whether the other side has closed. */
  closed = false;

  constructor(address: string) {
    const { hostname, port } = new URL(`kafka://${address}`);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.closed = true;
    });
    onTestFinished(() => void this.#socket.destroy());
  }

  /** Sends a request: api key, version, client id "rollcall", and the body in hex, with the header's tag buffer if it has one. How many bytes follow the length. */
  send(key: number, version: number, body = "", correlationId = 7): number {
    return this.write(request(key, version, body, correlationId));
  }

  /** Sends a request byte by byte. */
  trickle(key: number, version: number, body: string, correlationId: number): void {
    this.#socket.setNoDelay(true);
    for (const byte of framed(request(key, version, body, correlationId))) this.#socket.write(Uint8Array.of(byte));
  }

  /** Sends bytes with their length before them. */
  write(bytes: Uint8Array): number {
    this.#socket.write(framed(bytes));
    return bytes.length;
  }

  /** Says that nothing more will come. */
  end(): void {
    this.#socket.end();
  }

  /** The next answer without its length, once it is complete. */
  async answer(): Promise<Buffer> {
    while (true) {
      const length = this.#received.length < 4 ? undefined : this.#received.readInt32BE(0);
      if (length !== undefined && this.#received.length >= 4 + length) {
        const answer = this.#received.subarray(4, 4 + length);
        this.#received = this.#received.subarray(4 + length);
        return answer;
      }
      if (this.closed) throw new Error(`closed after ${this.#received.length} bytes`);
      await new Promise<void>((resolve) => {
        this.#socket.once("data", () => resolve());
        this.#socket.once("close", () => resolve());
      });
    }
  }

  /** What came and is no complete answer yet. */
  get received(): Buffer {
    return this.#received;
  }
}

function request(key: number, version: number, body: string, correlationId: number): Uint8Array {
  const header = Buffer.alloc(10);
  header.writeInt16BE(key, 0);
  header.writeInt16BE(version, 2);
  header.writeInt32BE(correlationId, 4);
  header.writeInt16BE(8, 8);
  return Buffer.concat([header, Buffer.from("rollcall"), Buffer.from(body.replaceAll(" ", ""), "hex")]);
}

function framed(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** What a broker lists: `1`, or `2!` for one that is fenced. Asked on a new connection. */
export async function listed(broker: Pick<KafkaTestBroker, "address">): Promise<string> {
  return (await described(broker)).brokers.map(({ id, fenced }) => `${id}${fenced ? "!" : ""}`).join(" ");
}

/** What a broker says of the cluster, fenced brokers included. */
export async function described({ address }: Pick<KafkaTestBroker, "address">): Promise<BrokersAnswer> {
  const client = new RawClient(address);
  client.send(60, 2, "00 00 01 01 00");
  return readDescribeCluster((await client.answer()).subarray(4), 2);
}

/** What a broker says of a topic. `mayCreate`: it is told that it may create it. */
export async function topicAt(
  { address }: Pick<KafkaTestBroker, "address">,
  topic: string,
  mayCreate = false,
): Promise<TopicAnswer | undefined> {
  const client = new RawClient(address);
  const { apiKey, apiVersion, body } = metadataRequest(12, [topic]);
  const asked = Buffer.from(body);
  asked[asked.length - 3] = Number(mayCreate); // then come two more: authorized operations, tags
  client.send(apiKey, apiVersion, asked.toString("hex"));
  return readMetadata((await client.answer()).subarray(4), 12).topics[0];
}

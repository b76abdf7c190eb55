import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileSnapshotStore, MetadataPoller } from "@rollcall/core";
import { bootstrapBrokers, kafkaBrokers } from "@rollcall/kafka";
import { kafkaApplication } from "@rollcall/testbed";
import { type KafkaConfig, Partitioners, type Producer } from "kafkajs";
import type { Happening } from "./history.js";
import { CONSUMER, INTERVAL_MS, PACE_MS } from "./settings.js";

// A client as player.ts describes it. Arguments: `static` or `rollcall`, addresses with commas between them, topic, and where Rollcall keeps what it
// believes, if it does.

/** A producer that connects when it first sends, and tries again with the next message if that fails. */
class Sender {
  readonly #name: string;
  readonly #producer: Producer;
  #connected: Promise<void> | undefined;

  constructor(name: string) {
    this.#name = name;
    this.#producer = kafka.producer({ allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner });
  }

  async send(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      void this.#sendOne();
      await wait(PACE_MS);
    }
  }

  async #sendOne(): Promise<void> {
    say(this.#name, "sent");
    try {
      this.#connected ??= this.#producer.connect();
      await this.#connected.catch((error) => {
        this.#connected = undefined;
        throw error;
      });
      await this.#producer.send({ topic, acks: -1, messages: [{ value: "message" }] });
      say(this.#name, "ok");
    } catch (error) {
      say(this.#name, "failed", error);
    }
  }
}

const [kind, servers = "", topic = "", store] = process.argv.slice(2);
const kafka = kafkaApplication({}, kind === "rollcall" ? live(servers.split(",")) : servers.split(","));
const senders = new Map<string, Sender>();

createInterface(process.stdin)
  .on("line", (line) => {
    const [command, name = "", count = "1"] = line.split(" ");
    if (command === "open") senders.set(name, new Sender(name));
    const work = command === "read" ? read(name) : senders.get(name)?.send(Number(count));
    work?.catch((error: unknown) => process.stderr.write(`${error}\n`));
  })
  .on("close", () => process.exit());

async function read(group: string): Promise<void> {
  const consumer = kafka.consumer({ groupId: group, ...CONSUMER });
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({ eachMessage: async () => say(group, "ok") });
}

function live(seeds: readonly string[]): KafkaConfig["brokers"] {
  const kept = store === undefined ? {} : { store: fileSnapshotStore(store) };
  return bootstrapBrokers(new MetadataPoller(kafkaBrokers({ seeds }), { intervalMs: INTERVAL_MS, ...kept }), { seeds });
}

function say(name: string, what: Happening, reason: unknown = ""): void {
  process.stdout.write(`${name} ${what} ${Date.now()} ${String(reason).split("\n")[0]}\n`);
}

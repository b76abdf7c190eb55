import { MetadataPoller } from "@rollcall/core";
import { nameServerArray, nsaddrServer, type RocketmqNameservers, rocketmqNameservers } from "@rollcall/rocketmq";
import type { RocketmqTestCluster } from "@rollcall/rocketmq/simulator";
import { JavaProducer, type RocketmqProducer } from "@rollcall/testbed";
import { until } from "../until.js";
import type { Contender, Sources } from "./contenders.js";
import type { Pace } from "./pace.js";
import { TOPIC } from "./scenarios.js";

/** A contender that sends. */
export interface Role {
  readonly contender: Contender;
  readonly producer: RocketmqProducer;
}

/** Everybody who sends to one cluster, and what Rollcall feeds them with. */
export class Stage implements AsyncDisposable {
  readonly cast: readonly Role[];
  readonly #pace: Pace;
  readonly #ending: AsyncDisposable[];
  #telling: NodeJS.Timeout | undefined;

  private constructor(cast: readonly Role[], pace: Pace, ending: AsyncDisposable[]) {
    this.cast = cast;
    this.#pace = pace;
    this.#ending = ending;
  }

  /** Resolves once Rollcall knows the nameservers; nobody sends yet. */
  static async on(cluster: RocketmqTestCluster, contenders: readonly Contender[], pace: Pace): Promise<Stage> {
    const list = [...cluster.addressServer.addresses];
    const { url: addressServer } = cluster.addressServer;
    const feed = new MetadataPoller<RocketmqNameservers>(rocketmqNameservers({ from: { addressServer } }), { intervalMs: pace.rollcallMs });
    const [array, server] = await Promise.all([nameServerArray(feed), nsaddrServer(feed)]);
    const sources: Sources = { list, addressServer, nsaddrServer: server.url, nameServerArray: array };
    const cast = contenders.map((contender, at) => {
      const load = { topic: TOPIC, name: `contender-${at}`, pollMs: pace.clientPollMs };
      return { contender, producer: contender.producer(sources, load) };
    });
    return new Stage(cast, pace, [{ [Symbol.asyncDispose]: () => feed.close() }, array, server, ...cast.map(({ producer }) => producer)]);
  }

  /** Resolves once everybody has sent something. Those that take a machine to start come first, so that they hold up nobody who sends. */
  async begin(): Promise<void> {
    const { beginMs, javaLookUpMs, tellJava } = this.#pace;
    const javas = this.cast.flatMap(({ producer }) => (producer instanceof JavaProducer ? [producer] : []));
    for (const { contender, producer } of [...this.cast].sort((a, b) => rank(a) - rank(b))) {
      await producer.start();
      const sends = await until(() => producer.report.ok > 0, beginMs);
      if (!sends) throw new Error(`${contender.client} (${contender.fedBy}) did not begin: ${producer.report.failed.at(-1) ?? "silent"}`);
    }
    const lookUp = (): void => {
      for (const java of javas) java.lookUp();
    };
    if (tellJava) this.#telling = setInterval(lookUp, javaLookUpMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#telling);
    for (const part of this.#ending.splice(0).reverse()) await part[Symbol.asyncDispose]();
  }
}

function rank({ contender }: Role): number {
  return contender.client === "Java" ? 0 : 1;
}

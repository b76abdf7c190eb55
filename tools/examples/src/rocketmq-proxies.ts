import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import { fromSeeds, hostPort, type LiveClient, liveClient, MetadataPoller, type Seeds, select } from "@rollcall/core";
import type { Producer, ProducerOptions } from "rocketmq-client-nodejs";
import { EndingProducer } from "./ending-producer.js";

/** A producer on a list of proxies, and the poller that it follows. Dispose the producer, then close the poller. */
export interface ProxiedProducer {
  /** Read `current` for every message. */
  readonly producer: LiveClient<Producer>;
  /** Its `refresh()`, after a message that failed, looks at once who answers. */
  readonly poller: MetadataPoller<readonly string[]>;
}

/** Longer than the three attempts of the client to get a route; then it waits for settings, for as long as there are none. */
const START_MS = 15_000;
/** How long a proxy may take to connect. */
const ANSWER_MS = 1_000;

/**
 * A producer of `rocketmq-client-nodejs` that is always on a proxy of a list which changes. That client (1.0.8) is constructed with its proxy and never learns of another; of several
 * addresses it makes one gRPC target that no resolver knows (apache/rocketmq-clients #1368). So it is given one, the same for as long as that is listed and answers, and another one in
 * every process. When it has to move, the new producer is started before the old one is left, which then drains and is shut down.
 *
 * @param proxies - `host:port` of the proxies' gRPC ports: a list, or a function that reads it from wherever it is; `dnsSeeds` for a name. IPv6 is left out, the client cannot read it
 * @param options - those of `new Producer`; name the topics
 * @param drainMs - how long a producer that was replaced may go on with what it has begun, in milliseconds
 */
export function rocketmqProxies(proxies: Seeds, options: Omit<ProducerOptions, "endpoints">, drainMs = 30_000): ProxiedProducer {
  const listed = fromSeeds(proxies);
  const poller = new MetadataPoller(
    { ...listed, fetch: async (context) => answering(await listed.fetch(context), options.sslEnabled === true) },
    { intervalMs: 5_000, timeoutMs: 5_000 },
  );
  const one = select.subset({ size: 1, seed: `${hostname()} ${process.pid}` });
  let made: { readonly proxy: string; readonly producer: Producer } | undefined;
  const producer = liveClient(
    poller,
    async (endpoints) => {
      const proxy = one(endpoints).map(hostPort.format).join();
      if (made?.proxy !== proxy) made = { proxy, producer: await started(new EndingProducer({ ...options, endpoints: proxy })) };
      return made.producer;
    },
    { dispose: (replaced) => replaced.shutdown(), drainMs },
  );
  return { producer, poller };
}

/** Those that speak HTTP/2: a process that is stopped or overloaded accepts connections, too. */
async function answering(proxies: readonly string[], isTls: boolean): Promise<readonly string[]> {
  const answers = await Promise.all(proxies.map((proxy) => !proxy.startsWith("[") && answersAt(proxy, isTls)));
  return proxies.filter((_, at) => answers[at]);
}

function answersAt(proxy: string, isTls: boolean): Promise<boolean> {
  // A connection of its own: one that was made before says nothing of now.
  const options = { "grpc.use_local_subchannel_pool": 1 };
  const client = new Client(proxy, isTls ? credentials.createSsl() : credentials.createInsecure(), options);
  return new Promise((resolve) => {
    client.waitForReady(Date.now() + ANSWER_MS, (error) => {
      client.close();
      resolve(error === undefined);
    });
  });
}

async function started(producer: Producer): Promise<Producer> {
  const late = pause(START_MS, undefined, { ref: false }).then(() => {
    throw new Error(`the proxy has sent no settings within ${START_MS} ms`);
  });
  try {
    await Promise.race([producer.startup(), late]);
    return producer;
  } catch (error) {
    await producer.shutdown();
    throw error;
  }
}

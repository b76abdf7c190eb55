import { createRequire } from "node:module";
import type { Way } from "../poll/measure-polls.js";

/** What is used of a producer of ali-ons, which brings no types. */
interface Producer {
  readonly _mqClient: {
    /** What its timer does every 30 s. */
    updateAllTopicRouterInfo(): Promise<void>;
    close(): Promise<void>;
  };
  on(event: "error", listener: (error: Error) => void): void;
  ready(): Promise<void>;
  /** What a send does first: from then on the topic's route is polled. */
  tryToFindTopicPublishInfo(topic: string): Promise<unknown>;
  close(): Promise<void>;
}

interface AliOns {
  readonly Producer: { new (options: object): Producer; defaultProducer: unknown };
}

const require = createRequire(import.meta.url);
const aliOns = require("ali-ons") as AliOns;
const DAY_MS = 86_400_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** What a producer of ali-ons does every 30 s once it has sent to these topics: it asks for the route of each, five at a time. It does nothing else here. */
export async function aliOnsRoutes({
  nameservers,
  topics,
}: {
  readonly nameservers: readonly string[];
  readonly topics: readonly string[];
}): Promise<Way> {
  // Beside the first producer of a process it makes another one, that it would never close.
  aliOns.Producer.defaultProducer ??= {};
  const producer = new aliOns.Producer({
    nameSrv: [...nameservers],
    httpclient: {}, // asks address servers, of which there is none
    logger: SILENT,
    producerGroup: "bench",
    pollNameServerInteval: DAY_MS,
    heartbeatBrokerInterval: DAY_MS,
  });
  let failure: Error | undefined;
  producer.on("error", (error) => {
    failure = error;
  });
  await producer.ready();
  for (const topic of topics) await producer.tryToFindTopicPublishInfo(topic);
  const poll = async (): Promise<void> => {
    await producer._mqClient.updateAllTopicRouterInfo();
    if (failure !== undefined) throw failure;
  };
  // It says goodbye to its brokers first, none of which listens.
  const close = () => producer.close().catch(() => producer._mqClient.close());
  return { poll, pauseMs: 0, close };
}

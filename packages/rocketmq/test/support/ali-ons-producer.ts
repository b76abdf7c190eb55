import { createRequire } from "node:module";
import { onTestFinished } from "vitest";

/** What these tests use of a producer of ali-ons, which has no types. `_mqClient` is its `lib/remoting_client.js`. */
export interface AliOnsProducer {
  ready(): Promise<void>;
  close(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): void;
  readonly _mqClient: {
    readonly _namesrvAddrList: readonly string[];
    /** Asks one nameserver after the other for the route of a topic. */
    getDefaultTopicRouteInfoFromNameServer(topic: string, timeoutMs: number): Promise<unknown>;
  };
}

interface AliOnsOptions {
  readonly nameSrv?: readonly string[];
  readonly onsAddr?: string;
  readonly unitName?: string;
}

const require = createRequire(import.meta.url);
const { Producer } = require("ali-ons") as { readonly Producer: new (options: AliOnsOptions & Record<string, unknown>) => AliOnsProducer };
const httpclient: unknown = require("urllib");
const nothing = (): void => undefined;
const logger = { info: nothing, warn: nothing, error: nothing, debug: nothing };

/** A producer that says nothing, and is closed when the test ends. */
export function aliOnsProducer(options: AliOnsOptions): AliOnsProducer {
  const instanceName = `test ${performance.now()}`; // producers of one name share a client
  const producer = new Producer({ httpclient, logger, instanceName, producerGroup: instanceName, ...options });
  producer.on("error", nothing);
  onTestFinished(() => producer.close());
  return producer;
}

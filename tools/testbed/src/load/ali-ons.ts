import { createRequire } from "node:module";

/** What is used of a producer of ali-ons, which brings no types. */
export interface StockProducer {
  /** What is still to be closed when closing the producer fails on the way. */
  readonly _mqClient: { close(): Promise<void> };
  on(event: "error", listener: (error: Error) => void): void;
  ready(): Promise<void>;
  send(message: object): Promise<{ readonly sendStatus: string }>;
  close(): Promise<void>;
}

interface AliOns {
  readonly Message: new (topic: string, tags: string, body: string) => object;
  readonly Producer: {
    new (options: {
      readonly httpclient: { request(url: string, options: object): Promise<unknown> };
      readonly logger: Readonly<Record<"debug" | "info" | "warn" | "error", () => void>>;
      readonly producerGroup: string;
      readonly instanceName: string;
      readonly pollNameServerInteval: number;
      readonly nameSrv?: string[];
      readonly onsAddr?: string;
    }): StockProducer;
    /** Made with the first producer of a process, unless it is there. */
    defaultProducer: unknown;
  };
}

const require = createRequire(import.meta.url);

/** The library. */
export const aliOns: AliOns = require("ali-ons") as AliOns;

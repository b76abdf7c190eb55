import { hostPort, MetadataPoller } from "@rollcall/core";
import { ManualClock, settle } from "@rollcall/testkit";
import { onTestFinished } from "vitest";
import type { RocketmqNameservers } from "../../src/rocketmq-nameservers-metadata.js";

const FLOOR_MS = 1_000;

/** The feed of a poller whose nameservers a test writes, as `host:port` or `id@host:port`. Time is the test's; every set is believed, an empty one too. Until one is written, polls fail. */
export class NameserverFeed {
  readonly clock: ManualClock = new ManualClock();
  readonly poller: MetadataPoller<RocketmqNameservers>;
  /** Whether polling goes on. */
  polls = false;
  #listed: readonly string[] | undefined;

  constructor() {
    const source = {
      key: "written",
      fetch: async (): Promise<RocketmqNameservers> => {
        if (this.#listed === undefined) throw new Error("nothing is written yet");
        return { kind: "nameservers", nameservers: this.#listed, origins: [] };
      },
      endpoints: ({ nameservers }: RocketmqNameservers) => nameservers.map(endpoint),
      watch: ({ signal }: { readonly signal: AbortSignal }) => {
        this.polls = true;
        signal.addEventListener("abort", () => (this.polls = false));
      },
    };
    this.poller = new MetadataPoller(source, { clock: this.clock, minIntervalMs: FLOOR_MS, guard: () => true });
  }

  /** From now on these are listed; resolves when the sinks have been told. */
  async list(...listed: readonly string[]): Promise<void> {
    this.#listed = listed;
    await Promise.all([this.poller.refresh(), this.clock.advance(FLOOR_MS)]);
    await settle();
  }
}

/** A feed that has no set yet, and is closed when the test ends. */
export function nameserverFeed(): NameserverFeed {
  const feed = new NameserverFeed();
  onTestFinished(() => feed.poller.close());
  return feed;
}

function endpoint(text: string): { readonly id: string; readonly host: string; readonly port: number } {
  const [address = "", id = address] = text.split("@").reverse();
  return { id, ...(hostPort.parse(address) ?? { host: "", port: 0 }) };
}

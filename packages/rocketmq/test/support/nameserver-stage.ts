import { MetadataPoller, type MetadataSource, type PollerOptions, systemClock } from "@rollcall/core";
import { ManualClock, type RecordingSink, recordingSink } from "@rollcall/testkit";
import { expect, onTestFinished } from "vitest";
import { httpGet } from "../../src/http-get.js";
import type { RocketmqNameservers } from "../../src/rocketmq-nameservers-metadata.js";
import type { RocketmqNameserverOrigin, RocketmqNameserversOptions } from "../../src/rocketmq-nameservers-options.js";
import { type NameserversContext, rocketmqNameserversSource } from "../../src/rocketmq-nameservers-source.js";
import type { RocketmqTransport } from "../../src/rocketmq-transport.js";

/** Nobody is to be asked whether he serves. */
const NO_PROBES: RocketmqTransport = { connect: () => Promise.reject(new Error("nobody listens")) };

/** A source that reads the real world; its clock and its transport may be a test's. */
export function nameservers(
  from: RocketmqNameserversOptions["from"],
  options: Omit<RocketmqNameserversOptions, "from"> = {},
  {
    clock = systemClock,
    transport = NO_PROBES,
  }: { readonly clock?: NameserversContext["clock"]; readonly transport?: RocketmqTransport } = {},
): MetadataSource<RocketmqNameservers> {
  return rocketmqNameserversSource({ from, ...options }, { transport: () => transport, get: httpGet, clock });
}

/** Reads a source once. */
export function read(
  source: MetadataSource<RocketmqNameservers>,
  {
    previous,
    timeoutMs,
    signal = new AbortController().signal,
  }: { previous?: RocketmqNameservers; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<RocketmqNameservers> {
  return source.fetch({ signal, previous, timeoutMs, known: [], attempt: 0 });
}

/** Nameservers that are polled by a clock of the test's, for a sink that remembers. */
export class NameserverStage {
  readonly clock: ManualClock = new ManualClock();
  readonly sink: RecordingSink = recordingSink();
  readonly poller: MetadataPoller<RocketmqNameservers>;

  constructor(
    from: RocketmqNameserverOrigin | readonly RocketmqNameserverOrigin[],
    options: Omit<RocketmqNameserversOptions, "from">,
    poll: PollerOptions,
    transport?: RocketmqTransport,
  ) {
    const source = nameservers(from, options, { clock: this.clock, ...(transport && { transport }) });
    this.poller = new MetadataPoller(source, { clock: this.clock, ...poll });
  }

  /** Addresses in use, then those set aside: `a:1 b:1 | c:1`. */
  get view(): string {
    const { endpoints = [], aside = [] } = this.poller.snapshot ?? {};
    const ids = (of: typeof endpoints): string => of.map(({ id }) => id).join(" ");
    return `${ids(endpoints)} | ${ids(aside)}`.trim();
  }

  /** Begins to poll, for the sink; resolves once there are endpoints. */
  async begin(): Promise<void> {
    this.poller.subscribe(this.sink);
    const ready = this.poller.ready();
    await this.clock.advance(0);
    await ready;
  }

  /** Polls once, real sockets and files included; the code of the error if it failed. */
  async poll(): Promise<string | undefined> {
    const polled = this.poller.refresh().then(
      () => undefined,
      (error: { code: string }) => error.code,
    );
    await this.clock.advance(1_000);
    return polled;
  }
}

/** Begins to poll, without probes; resolves after the first good answer. */
export async function polledNameservers(
  from: RocketmqNameserverOrigin | readonly RocketmqNameserverOrigin[],
  options: Omit<RocketmqNameserversOptions, "from"> = {},
  poll: PollerOptions = { probe: false },
  transport?: RocketmqTransport,
): Promise<NameserverStage> {
  const stage = new NameserverStage(from, options, poll, transport);
  onTestFinished(async () => {
    await stage.poller.close();
    expect(stage.sink.problems).toEqual([]);
    expect(stage.clock.pending).toBe(0);
  });
  await stage.begin();
  return stage;
}

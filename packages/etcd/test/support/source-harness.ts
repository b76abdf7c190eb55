import type { Endpoint, FetchContext, MetadataSource } from "@rollcall/core";
import { ManualClock } from "@rollcall/testkit";
import type { EtcdMetadata } from "../../src/etcd-members-metadata.js";
import type { EtcdMembersOptions } from "../../src/etcd-members-options.js";
import { etcdMembersSource } from "../../src/etcd-members-source.js";
import { FakeTransport } from "./fake-transport.js";

/** A source among members that exist only in the test. */
export interface Harness {
  readonly source: MetadataSource<EtcdMetadata>;
  readonly transport: FakeTransport;
  readonly clock: ManualClock;
  /** Fetches once, as the poller would. */
  fetch(context?: Partial<FetchContext<EtcdMetadata>>): Promise<EtcdMetadata>;
}

/** A source with a fake transport, a manual clock and, unless `random` says otherwise, no shuffling. */
export function harness(options: EtcdMembersOptions, random: () => number = () => 0): Harness {
  const transport = new FakeTransport();
  const clock = Object.assign(new ManualClock(), { random });
  const source = etcdMembersSource(options, { transport: () => transport, clock });
  const context = { signal: new AbortController().signal, previous: undefined, known: [], attempt: 0 };
  return { source, transport, clock, fetch: (more) => source.fetch({ ...context, ...more }) };
}

/** Known members at these URLs, as the poller would pass them. */
export function knownAt(...hosts: readonly string[]): readonly Endpoint[] {
  return hosts.map((host, index) => ({ id: `${index + 1}`, host, port: 1 }));
}

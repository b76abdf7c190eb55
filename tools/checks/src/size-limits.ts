/** What one import weighs at most, min+gzip with dependencies and without peers, in bytes. */
export interface SizeLimit {
  /** As README's table has it. */
  readonly what: string;
  /** The package that it is imported from. */
  readonly from: string;
  readonly code: string;
  readonly maxBytes: number;
}

/** The import that core's budget is about; every other row is a whole entry. */
const POLLER: SizeLimit = {
  what: "`{ MetadataPoller }` of `@rollcall/core`",
  from: "@rollcall/core",
  code: 'export { MetadataPoller } from "@rollcall/core";',
  maxBytes: 12_200,
};

const ENTRIES: Readonly<Record<string, number>> = {
  "@rollcall/core": 17_900,
  "@rollcall/core/provider": 2_200,
  "@rollcall/core/sinks": 5_400,
  "@rollcall/etcd": 58_500,
  "@rollcall/etcd/simulator": 53_500,
  "@rollcall/grpc": 4_300,
  "@rollcall/kafka": 39_500,
  "@rollcall/kafka/simulator": 37_600,
  "@rollcall/rocketmq": 46_600,
  "@rollcall/rocketmq/simulator": 43_900,
  "@rollcall/testkit": 17_500,
  "@rollcall/undici": 4_300,
};

/** The limits of everything that can be imported; an entry without one may weigh nothing, which says that it needs one. */
export function sizeLimits(entries: readonly { readonly from: string; readonly entry: string }[]): readonly SizeLimit[] {
  const whole = entries.map(({ from, entry }) => ({
    what: `\`${entry}\``,
    from,
    code: `export * from "${entry}";`,
    maxBytes: ENTRIES[entry] ?? 0,
  }));
  return [POLLER, ...whole];
}

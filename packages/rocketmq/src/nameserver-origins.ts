import { type Clock, type DiscoveryError, type DiscoveryErrorCode, type FetchContext, toDiscoveryError } from "@rollcall/core";
import type { HttpGet } from "./http-get.js";
import { NameserverOriginReader } from "./nameserver-origin.js";
import { placesOf } from "./nameserver-place.js";
import type { RocketmqNameservers, RocketmqOriginReport } from "./rocketmq-nameservers-metadata.js";
import type { RocketmqNameserversSettings } from "./rocketmq-nameservers-options.js";
import { bareMessage, rocketmqRefusal } from "./rocketmq-refusal.js";

/** What an origin came to. */
interface Outcome {
  readonly said: RocketmqOriginReport;
  readonly failure?: DiscoveryError;
}

/** All origins of a source, joined: what any of them lists is listed. */
export class NameserverOrigins {
  readonly #readers: readonly NameserverOriginReader[];

  constructor(
    { from, hedgeAfterMs, attemptTimeoutMs }: RocketmqNameserversSettings,
    { clock, get }: { readonly clock: Clock; readonly get: HttpGet },
  ) {
    const names: string[] = [];
    this.#readers = from.map((origin) => {
      const places = placesOf(origin, get);
      names.push(freeName(places.map(({ name }) => name).join(","), names));
      return new NameserverOriginReader(names.at(-1) ?? "", places, { clock, hedgeAfterMs, attemptTimeoutMs });
    });
  }

  /** Of all origins, in their order; each is there once. No secret in them. */
  get names(): readonly string[] {
    return this.#readers.map(({ name }) => name);
  }

  /**
   * Reads all of them at once. One that cannot be read counts with what it said before.
   *
   * @throws DiscoveryError naming what is wrong with each, if none can be read; when the signal fires, its reason.
   */
  async read({
    signal,
    previous,
    timeoutMs = Number.POSITIVE_INFINITY,
  }: Omit<FetchContext<RocketmqNameservers>, "known" | "attempt">): Promise<RocketmqNameservers> {
    const read = (reader: NameserverOriginReader): Promise<Outcome> => outcome(reader, reader.read({ signal, timeoutMs }), previous);
    const outcomes = await Promise.all(this.#readers.map(read));
    signal.throwIfAborted();
    const failures = outcomes.flatMap(({ failure }) => failure ?? []);
    if (failures.length === outcomes.length) throw allFailed(failures);
    return joined(outcomes.map(({ said }) => said));
  }
}

/** Everything that any of these lists, sorted, each once. */
function joined(origins: readonly RocketmqOriginReport[]): RocketmqNameservers {
  const nameservers = [...new Set(origins.flatMap((origin) => origin.nameservers))].sort();
  return { kind: "nameservers", nameservers, origins };
}

async function outcome(
  { name }: NameserverOriginReader,
  reading: Promise<readonly string[]>,
  previous: RocketmqNameservers | undefined,
): Promise<Outcome> {
  try {
    return { said: { name, nameservers: await reading } };
  } catch (thrown) {
    const failure = toDiscoveryError(thrown, "rocketmq");
    const before = previous?.origins.find((origin) => origin.name === name)?.nameservers ?? [];
    return { said: { name, nameservers: before, error: failure.message }, failure };
  }
}

/** The first of these that any origin reported is the code of them all, as when several members are asked. */
const MOST_TELLING_FIRST: readonly DiscoveryErrorCode[] = [
  "UNAUTHENTICATED",
  "MALFORMED_RESPONSE",
  "EMPTY_METADATA",
  "UNAVAILABLE",
  "TIMEOUT",
];

function allFailed(failures: readonly DiscoveryError[]): DiscoveryError {
  const [only, ...others] = failures;
  if (only !== undefined && others.length === 0) return only;
  const code = MOST_TELLING_FIRST.find((telling) => failures.some((failure) => failure.code === telling)) ?? "UNAVAILABLE";
  return rocketmqRefusal(code, `no list of nameservers can be read: ${failures.map(bareMessage).join("; ")}`, new AggregateError(failures));
}

/** Two functions, or two URLs that differ only in their query, look the same; the second gets a number, lest one be taken for what the other said. */
function freeName(name: string, taken: readonly string[]): string {
  let free = name;
  for (let number = 2; taken.includes(free); number += 1) free = `${name} #${number}`;
  return free;
}

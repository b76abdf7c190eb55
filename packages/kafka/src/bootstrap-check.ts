import { askCandidates, type Clock, type DiscoveryError, hostPort, toDiscoveryError } from "@rollcall/core";
import { kafkaError } from "./kafka-error.js";
import { kafkaRefusal } from "./kafka-options.js";
import type { KafkaAddress, KafkaTransport } from "./kafka-transport.js";

/** How long a silent broker may hold up the next one at most. */
const HEDGE_AFTER_MS = 250;

/** How long a broker may take to connect, greet and authenticate at most. */
const ATTEMPT_TIMEOUT_MS = 1_000;

/**
 * The first of these where a broker answers as it will have to answer kafkajs: TLS, ApiVersions, SASL. A refusal of the user is such an
 * answer: kafkajs then says so itself, and it is of no use to ask the others.
 *
 * @param failed - told of everybody who refused, or took too long; not of those who were being asked when somebody answered
 * @throws DiscoveryError if nobody answers, or when the signal fires.
 */
export async function firstServing(
  candidates: AsyncIterable<string>,
  options: {
    readonly transport: KafkaTransport;
    readonly clock: Clock;
    readonly failed: (address: KafkaAddress, error: DiscoveryError) => void;
    /** How long all of this may take, in milliseconds. */
    readonly waitMs: number;
    /** How many there are about: each is to have a turn. */
    readonly count: number;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { transport, clock, failed, waitMs, count } = options;
  const connect = async (text: string, { signal }: { readonly signal: AbortSignal }): Promise<void> => {
    const address = hostPort.parse(text);
    if (address === undefined) throw kafkaRefusal("UNAVAILABLE", "this is no address");
    try {
      const connection = await transport.connect(address, { signal });
      connection.close();
    } catch (thrown) {
      const error = signal.aborted ? toDiscoveryError(signal.reason, "kafka") : kafkaError(thrown, `${text} was to be handed to kafkajs`);
      if (error.code === "UNAUTHENTICATED") return;
      if (error.code !== "ABORTED") failed(address, error);
      throw error;
    }
  };
  const hedgeAfterMs = Math.min(HEDGE_AFTER_MS, waitMs / (count + 2));
  const limits = { hedgeAfterMs, attemptTimeoutMs: Math.min(ATTEMPT_TIMEOUT_MS, waitMs / 2) };
  const { from } = await askCandidates(candidates, connect, { ...limits, signal: options.signal, source: "kafka", clock });
  return from;
}

import { channel } from "node:diagnostics_channel";
import { type DiagnosticsMessages, type FetchContext, hostPort } from "@rollcall/core";
import type { KafkaBrokersAnswer } from "./broker-question.js";
import type { KafkaBroker } from "./kafka-broker.js";
import { type KafkaCluster, sameAddress } from "./kafka-brokers-metadata.js";
import { kafkaRefusal } from "./kafka-options.js";
import type { KafkaQuestion, KafkaReply, KafkaRound } from "./kafka-round.js";
import { mappedAddress } from "./mapped-address.js";

const rejected = channel("rollcall:rejected");

/** Who is asked, and what. */
interface Asking {
  readonly round: KafkaRound;
  readonly question: KafkaQuestion<KafkaBrokersAnswer>;
  /** The source's key, for diagnostics. */
  readonly key: string;
}

/** How the poller was asked. */
type Context = Pick<FetchContext<KafkaCluster>, "signal" | "previous" | "mapEndpoint">;

/**
 * What to believe of an answer that takes brokers away or moves them: Kafka's answers carry no age, so a broker that lags behind, or one
 * that was asked through another listener, can only be told by asking somebody else.
 *
 * - A broker is missing: what another broker of the answer still lists of it stays. It leaves with the first answer that two agree on.
 * - A broker moved: if somebody at its old address still lists it there, the two answers are of two listeners. The one that
 *   `previous` came from is kept, and `rollcall:rejected` says so.
 *
 * Neither takes longer than `hedgeAfterMs`, or three times what the answer took; if nobody else can be asked, the answer stands.
 */
export async function secondOpinion(asking: Asking, reply: KafkaReply<KafkaBrokersAnswer>, context: Context): Promise<KafkaBrokersAnswer> {
  const { answer } = reply;
  const { previous } = context;
  const before = previous?.brokers ?? [];
  const now = new Map(answer.brokers.map((broker) => [broker.id, broker]));
  // Who is fenced is left out by an answer that does not tell, which is no news.
  const missing = before.filter(({ id, fenced }) => !now.has(id) && (answer.tellsFenced || !fenced));
  const moved = before.filter((broker) => !sameAddress(broker, now.get(broker.id) ?? broker));
  if (missing.length === 0 && moved.length === 0) return answer;
  const [otherListener, kept] = await Promise.all([
    ofOtherListener(asking, moved, reply, context),
    stillListed(asking, missing, reply, context),
  ]);
  if (otherListener === undefined) return { ...answer, brokers: [...answer.brokers, ...kept].sort((a, b) => a.id - b.id) };
  asking.round.trust(otherListener.from);
  const reason = `it lists brokers where ${hostPort.format(otherListener.from)}, who is there, does not: it lags behind, or is of another listener (use seeds of one)`;
  rejected.publish({ source: asking.key, entry: hostPort.format(reply.from), reason } satisfies DiagnosticsMessages["rollcall:rejected"]);
  return otherListener.answer;
}

/** What is said, at the old address of a broker that moved, by somebody who still lists one of them where it was. */
async function ofOtherListener(
  { round, question }: Asking,
  moved: readonly KafkaBroker[],
  { tookMs }: KafkaReply<KafkaBrokersAnswer>,
  { signal, mapEndpoint }: Context,
): Promise<KafkaReply<KafkaBrokersAnswer> | undefined> {
  const before = new Map(moved.map((broker) => [broker.id, broker]));
  const confirms: KafkaQuestion<KafkaBrokersAnswer> = async (connection, options) => {
    const answer = await question(connection, options);
    const isUnmoved = (broker: KafkaBroker): boolean => {
      const old = before.get(broker.id);
      return old !== undefined && sameAddress(broker, old);
    };
    if (answer.brokers.some(isUnmoved)) return answer;
    throw kafkaRefusal("UNAVAILABLE", "the brokers have moved");
  };
  return round.askBriefly(moved.flatMap(mappedAddress(mapEndpoint)), confirms, { signal, tookMs });
}

/** Those of the missing that another broker of the answer still lists. */
async function stillListed(
  { round, question }: Asking,
  missing: readonly KafkaBroker[],
  { from, answer, tookMs }: KafkaReply<KafkaBrokersAnswer>,
  { signal, mapEndpoint }: Context,
): Promise<readonly KafkaBroker[]> {
  if (missing.length === 0) return [];
  const others = answer.brokers
    .filter(({ fenced }) => !fenced)
    .flatMap(mappedAddress(mapEndpoint))
    .filter((address) => !sameAddress(address, from));
  const second = await round.askBriefly(others, question, { signal, tookMs });
  return second?.answer.brokers.filter(({ id }) => missing.some((broker) => broker.id === id)) ?? [];
}

import type { DiscoveryError } from "@rollcall/core";
import { askBrokers } from "./brokers-question.js";
import type { RocketmqQuestion } from "./one-connection.js";
import type { RejectBroker } from "./protocol/broker-data.js";
import { REQUEST, RESPONSE, responseName } from "./protocol/request-codes.js";
import { readTopicRoute } from "./protocol/topic-route.js";
import type { RocketmqBroker } from "./rocketmq-broker.js";
import { isRefusingAll, isTopicMissing, refusedAnswer, rocketmqError } from "./rocketmq-error.js";
import type { RocketmqTopicQueues } from "./rocketmq-topic-route-metadata.js";
import type { RemotingAnswer, RocketmqConnection } from "./rocketmq-transport.js";

/** A broker of a topic, and what goes with it in the view that it was seen in. */
export interface RoutedBroker {
  readonly broker: RocketmqBroker;
  /** The queues of all brokers of its name, if there are any. */
  readonly queues: RocketmqTopicQueues | undefined;
  readonly orderTopicConf: string | undefined;
}

/** What one nameserver says of one topic. */
export type TopicAnswer =
  /** By address of the broker; nobody is an answer of no worth, as of a nameserver or brokers that are registered only halfway. */
  | { readonly kind: "route"; readonly brokers: ReadonlyMap<string, RoutedBroker> }
  /** There is no such topic. */
  | { readonly kind: "denied" }
  /** Nothing that can be believed; the reason is RocketMQ's name of it, or one of our codes. */
  | { readonly kind: "refused"; readonly reason: string; readonly error: DiscoveryError };

/** What one nameserver says of some topics. */
export interface RoutesAnswer {
  /** Whether it lists any broker at all; else it has just started, and what it denies may be there. */
  readonly informed: boolean;
  /** In the order of the question. */
  readonly topics: readonly TopicAnswer[];
}

/** So many questions are on their way at once: enough to keep a nameserver busy, and few enough to leave it some of its threads. */
const AT_ONCE = 16;

/**
 * Asks a nameserver for the routes of some topics (105), and for its brokers (106), over one connection. A topic whose answer cannot
 * be used does not stop the others.
 *
 * @param reject - told of brokers and topics whose answers cannot be used
 * @throws DiscoveryError if the nameserver is busy, stopping, not ready or none, if it does not tell its brokers, or if no topic's answer can be used.
 */
export function askRoutes(topics: readonly string[], reject: RejectBroker): RocketmqQuestion<RoutesAnswer> {
  return async (connection, options) => {
    const answers: TopicAnswer[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let at = next++; at < topics.length; at = next++)
        answers[at] = await askRoute(topics[at] as string, connection, { ...options, reject });
    };
    const lanes = Array.from({ length: Math.min(AT_ONCE, topics.length) }, lane);
    const [brokers] = await Promise.all([askBrokers(reject)(connection, options), ...lanes]);
    requireAnswer(answers);
    return { informed: brokers.length > 0, topics: answers };
  };
}

/** Whoever can say nothing of any topic has failed. */
function requireAnswer(answers: readonly TopicAnswer[]): void {
  const [first] = answers;
  if (first?.kind === "refused" && answers.every(({ kind }) => kind === "refused")) throw first.error;
}

async function askRoute(
  topic: string,
  connection: RocketmqConnection,
  { signal, reject }: { readonly signal: AbortSignal; readonly reject: RejectBroker },
): Promise<TopicAnswer> {
  const fields = { topic, acceptStandardJsonOnly: "true" };
  const answer = await connection.request({ code: REQUEST.GET_ROUTEINFO_BY_TOPIC, fields }, { signal });
  if (isTopicMissing(answer)) return { kind: "denied" };
  if (answer.code === RESPONSE.SUCCESS) return route(topic, answer, reject);
  const error = refusedAnswer(answer, `the question for the route of ${topic}`);
  if (isRefusingAll(answer)) throw error;
  return { kind: "refused", reason: responseName(answer.code), error };
}

function route(topic: string, { body }: RemotingAnswer, reject: RejectBroker): TopicAnswer {
  try {
    const { brokers, queues, orderTopicConf } = readTopicRoute(body, reject);
    return {
      kind: "route",
      brokers: new Map(brokers.map((broker) => [broker.address, { broker, queues: queues.get(broker.name), orderTopicConf }])),
    };
  } catch (thrown) {
    const error = rocketmqError(thrown, `the route of ${topic}`);
    reject(`the route of ${topic}`, error.message);
    return { kind: "refused", reason: error.code, error };
  }
}

import { agree, type Belief, believed, divergenceOf, type Statement } from "./agreement.js";
import type { NameserverReply } from "./nameserver-round.js";
import type { RocketmqDivergence } from "./rocketmq-broker.js";
import type { RocketmqTopicQueues, RocketmqTopicRoute, RocketmqTopicRoutes } from "./rocketmq-topic-route-metadata.js";
import type { RoutedBroker, RoutesAnswer, TopicAnswer } from "./routes-question.js";

/** What is believed of each topic, in the order of the option `topics`. */
export type RouteBeliefs = readonly Belief<RoutedBroker>[];

/** When it is, and how long what is missing stays. */
type Time = Parameters<typeof agree>[2];

/** What to believe after one more poll, and how it is told. */
export function agreeOnRoutes(
  topics: readonly string[],
  before: RouteBeliefs,
  replies: readonly NameserverReply<RoutesAnswer>[],
  time: Time,
): { readonly beliefs: RouteBeliefs; readonly routes: RocketmqTopicRoutes } {
  const beliefs: Belief<RoutedBroker>[] = [];
  const routes: RocketmqTopicRoute[] = [];
  const lacks = new Map<string, string[]>();
  for (const [index, topic] of topics.entries()) {
    const statements = replies.flatMap((reply) => statementOf(reply, index));
    const belief = agree(before[index] ?? believed<RoutedBroker>([]), statements, time);
    beliefs.push(belief);
    const route = routeOf(topic, belief);
    const isSilent = belief.size === 0 || statements.length === 0;
    routes.push(isSilent ? { ...route, error: reasonOf(replies, index) } : route);
    for (const { nameserver, lacks: brokers } of divergenceOf(belief, statements)) {
      const all = lacks.get(nameserver) ?? [];
      lacks.set(nameserver, all);
      for (const address of brokers) all.push(`${topic} ${address}`);
    }
  }
  return { beliefs, routes: { kind: "routes", topics: routes, divergence: divergence(lacks) } };
}

/** What is believed on the word of an earlier life of this process. */
export function believedRoutes(topics: readonly string[], previous: RocketmqTopicRoutes | undefined): RouteBeliefs {
  const known = new Map(previous?.topics.map((route) => [route.topic, route]));
  return topics.map((topic) => {
    const { brokers = [], queues = [], orderTopicConf } = known.get(topic) ?? {};
    const byName = new Map(queues.map((each) => [each.broker, each]));
    return believed(brokers.map((broker) => [broker.address, { broker, queues: byName.get(broker.name), orderTopicConf }] as const));
  });
}

/** Nobody has answered: see {@link agree}. */
export function lapsedRoutes(beliefs: RouteBeliefs, time: Time): RouteBeliefs {
  return beliefs.map((belief) => agree(belief, [], time));
}

const NO_BROKERS: ReadonlyMap<string, RoutedBroker> = new Map();

/** What cannot be believed states nothing. */
function statementOf({ nameserver, answer }: NameserverReply<RoutesAnswer>, index: number): readonly Statement<RoutedBroker>[] {
  const said = answer.topics[index] as TopicAnswer;
  if (said.kind === "refused") return [];
  if (said.kind === "denied") return [{ by: nameserver, informed: answer.informed, items: NO_BROKERS }];
  return [{ by: nameserver, informed: said.brokers.size > 0, items: said.brokers }];
}

function routeOf(topic: string, belief: Belief<RoutedBroker>): RocketmqTopicRoute {
  const queues = new Map<string, RocketmqTopicQueues>();
  let order: string | undefined;
  // The fullest view comes first, and what nobody lists any more last.
  for (const { item } of belief.values()) {
    order ??= item.orderTopicConf;
    if (item.queues !== undefined && !queues.has(item.broker.name)) queues.set(item.broker.name, item.queues);
  }
  const brokers = Array.from(belief.values(), ({ item }) => item.broker).sort((a, b) => (a.address < b.address ? -1 : 1));
  const route = { topic, brokers, queues: [...queues.values()].sort((a, b) => (a.broker < b.broker ? -1 : 1)) };
  return order === undefined ? route : { ...route, orderTopicConf: order };
}

/** Why a topic has nobody, or nobody can say: that there is none tells more than that somebody could not say. */
function reasonOf(replies: readonly NameserverReply<RoutesAnswer>[], index: number): string {
  const said = replies.map(({ answer }) => answer.topics[index] as TopicAnswer);
  if (said.some(({ kind }) => kind === "denied")) return "TOPIC_NOT_EXIST";
  const [refused] = said.flatMap((each) => (each.kind === "refused" ? [each.reason] : []));
  return refused ?? "EMPTY_METADATA";
}

function divergence(lacks: ReadonlyMap<string, readonly string[]>): readonly RocketmqDivergence[] {
  return [...lacks]
    .map(([nameserver, some]) => ({ nameserver, lacks: [...some].sort() }))
    .sort((a, b) => (a.nameserver < b.nameserver ? -1 : 1));
}

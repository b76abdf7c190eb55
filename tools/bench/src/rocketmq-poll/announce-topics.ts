import type { RocketmqAnnouncedBroker, RocketmqTestCluster } from "@rollcall/rocketmq/simulator";

const READ_AND_WRITE = 6;
/** Which brokers have that create topics by themselves, and nameservers are asked for when they are probed; everybody may create a topic as it is. */
const TEMPLATE = { TBW102: 7 };

/**
 * Gives a cluster two brokers that are only names, and so many topics on both as it is called with; more each time. Resolves with the names of the topics once every
 * nameserver has taken them. Nobody is asked but nameservers, so there need be no more to a broker.
 */
export function announceTopics(cluster: RocketmqTestCluster): (count: number) => Promise<readonly string[]> {
  const announced = new Map<string, RocketmqAnnouncedBroker>();
  return async (count) => {
    const names = Array.from({ length: count }, (_, at) => `topic-${at}`);
    const topics = { ...TEMPLATE, ...Object.fromEntries(names.map((name) => [name, READ_AND_WRITE])) };
    for (const name of ["broker-a", "broker-b"]) {
      const known = announced.get(name);
      if (known === undefined) announced.set(name, await cluster.announce({ name, topics }));
      else await known.change(topics);
    }
    return names;
  };
}

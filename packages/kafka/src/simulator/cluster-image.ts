import type { KafkaBroker } from "../kafka-broker.js";

/** One partition, as the controller decided. */
export interface ImagePartition {
  /** Node id, or null while no replica in sync is up. */
  readonly leader: number | null;
  /** Grows with every change of the leader. */
  readonly leaderEpoch: number;
  /** Node ids, the preferred leader first. */
  readonly replicas: readonly number[];
  /** Those that have everything. The last of them stays, however long it is down. */
  readonly inSync: readonly number[];
}

/** One topic; the place of a partition is its number. */
export interface ImageTopic {
  readonly name: string;
  /** Base64url of 16 bytes. */
  readonly id: string;
  readonly partitions: readonly ImagePartition[];
}

/** Everything that the controller tells the brokers: each answers from the image that it has. */
export interface ClusterImage {
  /** By node id, ascending. */
  readonly brokers: readonly KafkaBroker[];
  readonly topics: readonly ImageTopic[];
}

/** Node ids of the brokers that are not fenced. */
export function unfenced(image: ClusterImage): readonly number[] {
  return image.brokers.filter(({ fenced }) => !fenced).map(({ id }) => id);
}

/** The image with a broker registered, again or for the first time. */
export function withBroker(image: ClusterImage, broker: KafkaBroker): ClusterImage {
  return { ...image, brokers: [...without(image, broker.id), broker].sort((a, b) => a.id - b.id) };
}

/** The image with a broker no longer registered. Throws for one that is not. */
export function withoutBroker(image: ClusterImage, id: number): ClusterImage {
  if (!image.brokers.some((broker) => broker.id === id)) throw new Error(`broker ${id} is not registered`);
  return { ...image, brokers: without(image, id) };
}

/** The image with a registered broker fenced, or not. */
export function withFenced(image: ClusterImage, id: number, fenced: boolean): ClusterImage {
  return { ...image, brokers: image.brokers.map((broker) => (broker.id === id ? { ...broker, fenced } : broker)) };
}

/**
 * The image with one topic more; partitions and leaders go round the brokers that are up, each topic beginning with the next one. Throws unless so many replicas fit on
 * them.
 */
export function withTopic(image: ClusterImage, name: string, id: string, partitions: number, replicas: number): ClusterImage {
  const up = unfenced(image);
  if (image.topics.some((topic) => topic.name === name)) throw new Error(`topic ${name} exists already`);
  if (replicas < 1 || replicas > up.length) throw new Error(`${replicas} replicas do not fit on ${up.length} brokers`);
  const placed = Array.from({ length: partitions }, (_, partition): ImagePartition => {
    const at = (image.topics.length + partition) % up.length;
    const chosen = [...up.slice(at), ...up.slice(0, at)].slice(0, replicas);
    return { leader: null, leaderEpoch: -1, replicas: chosen, inSync: chosen };
  });
  return { ...image, topics: [...image.topics, { name, id, partitions: placed }] };
}

/** The image with every replica moved to where `moves` says, data included. */
export function reassigned(image: ClusterImage, moves: ReadonlyMap<number, number>): ClusterImage {
  const moved = (ids: readonly number[]): readonly number[] => ids.map((id) => moves.get(id) ?? id);
  return withPartitions(image, (partition) => ({ ...partition, replicas: moved(partition.replicas), inSync: moved(partition.inSync) }));
}

/** The image with another leader for one partition. */
export function withLeader(image: ClusterImage, topic: string, number: number, leader: number): ClusterImage {
  return withPartitions(image, (partition, name, at) => {
    if (name !== topic || at !== number) return partition;
    return { ...partition, leader, leaderEpoch: partition.leaderEpoch + 1 };
  });
}

/**
 * What the controller does after every change: a leader must be in sync and up, and the preferred one of those takes over with the next epoch where it is not; whoever is
 * down falls out of the replicas in sync, except the last; whoever is up and has a leader catches up.
 */
export function settled(image: ClusterImage): ClusterImage {
  const up = new Set(unfenced(image));
  return withPartitions(image, (partition) => {
    const alive = partition.inSync.filter((id) => up.has(id));
    const leads = partition.leader !== null && alive.includes(partition.leader);
    const leader = leads ? partition.leader : (partition.replicas.find((id) => alive.includes(id)) ?? null);
    return {
      leader,
      leaderEpoch: leader === partition.leader ? partition.leaderEpoch : partition.leaderEpoch + 1,
      replicas: partition.replicas,
      inSync: leader === null ? partition.inSync : partition.replicas.filter((id) => up.has(id)),
    };
  });
}

function without(image: ClusterImage, id: number): readonly KafkaBroker[] {
  return image.brokers.filter((broker) => broker.id !== id);
}

function withPartitions(
  image: ClusterImage,
  change: (partition: ImagePartition, topic: string, at: number) => ImagePartition,
): ClusterImage {
  const topics = image.topics.map((topic) => ({ ...topic, partitions: topic.partitions.map((one, at) => change(one, topic.name, at)) }));
  return { ...image, topics };
}

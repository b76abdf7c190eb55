import { pbkdf2Sync, randomBytes } from "node:crypto";
import { ask, int8, int32, list, sized, type WireReader } from "./wire.js";

const SCRAM_ITERATIONS = 4_096;
const NO_TAGS = int8(0);

/** One broker as another one lists it. */
export interface ListedBroker {
  readonly port: number;
  readonly fenced: boolean;
}

/** One partition as a broker lists it. */
export interface ListedPartition {
  readonly topic: string;
  readonly partition: number;
  /** -1: none. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

/** What a node says of its cluster: DescribeCluster v2 (KIP-1073), fenced brokers included. `of`: brokers, or a controller of itself. */
export async function describeCluster(
  port: number,
  of: "brokers" | "controllers",
): Promise<{ readonly controller: number; readonly listed: ReadonlyMap<number, ListedBroker> }> {
  const answer = await ask(port, { key: 60, version: 2, body: Buffer.of(0, of === "brokers" ? 1 : 2, 1, 0) });
  answer.skip(4);
  accept("DescribeCluster", answer);
  answer.text();
  answer.skip(1);
  answer.text();
  const controller = answer.int(4);
  const brokers = answer.list(() => {
    const id = answer.int(4);
    answer.text();
    const port = answer.int(4);
    answer.text();
    const fenced = answer.int(1) === 1;
    answer.tags();
    return [id, { port, fenced }] as const;
  });
  return { controller, listed: new Map(brokers) };
}

/** The partitions that a broker knows: Metadata v12, of these topics or of all. A topic that has none yet is left out. */
export async function listPartitions(port: number, topics?: readonly string[]): Promise<readonly ListedPartition[]> {
  const asked = topics?.map((topic) => Buffer.concat([Buffer.alloc(16), sized(topic), NO_TAGS]));
  const body = Buffer.concat([asked === undefined ? int8(0) : list(asked), int8(0), int8(0), NO_TAGS]);
  const answer = await ask(port, { key: 3, version: 12, body });
  answer.skip(4);
  answer.list(() => {
    answer.skip(4);
    answer.text();
    answer.skip(4);
    answer.text();
    answer.tags();
  });
  answer.text();
  answer.skip(4);
  return answer.list(() => readTopic(answer)).flat();
}

function readTopic(answer: WireReader): readonly ListedPartition[] {
  answer.skip(2);
  const topic = answer.text() ?? "";
  answer.skip(17);
  const partitions = answer.list(() => {
    answer.skip(2);
    const partition = answer.int(4);
    const leader = answer.int(4);
    answer.skip(4);
    const [replicas = [], inSync = []] = [0, 1, 2].map(() => answer.list(() => answer.int(4)));
    answer.tags();
    return { topic, partition, leader, replicas, inSync };
  });
  answer.skip(4);
  answer.tags();
  return partitions;
}

/** Takes a broker out of the list: UnregisterBroker v0. */
export async function unregisterBroker(port: number, id: number): Promise<void> {
  const answer = await ask(port, { key: 64, version: 0, body: Buffer.concat([int32(id), NO_TAGS]) });
  answer.skip(4);
  accept("UnregisterBroker", answer);
}

/** Makes the first replica of a partition its leader: ElectLeaders v2, preferred. */
export async function electPreferredLeader(port: number, topic: string, partition: number): Promise<void> {
  const topics = list([Buffer.concat([sized(topic), list([int32(partition)]), NO_TAGS])]);
  const answer = await ask(port, { key: 43, version: 2, body: Buffer.concat([int8(0), topics, int32(1_000), NO_TAGS]) });
  answer.skip(4);
  accept("ElectLeaders", answer);
  answer.list(() => {
    answer.text();
    answer.list(() => {
      answer.skip(4);
      accept("ElectLeaders", answer);
      answer.text();
      answer.tags();
    });
    answer.tags();
  });
}

/** Gives a user a password for SCRAM-SHA-256, and creates the user who has none: AlterUserScramCredentials v0 (KIP-554). */
export async function setPassword(port: number, user: string, password: string): Promise<void> {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, "sha256");
  const upsertion = Buffer.concat([sized(user), int8(1), int32(SCRAM_ITERATIONS), sized(salt), sized(salted), NO_TAGS]);
  const answer = await ask(port, { key: 51, version: 0, body: Buffer.concat([list([]), list([upsertion]), NO_TAGS]) });
  answer.skip(4);
  answer.list(() => {
    answer.text();
    accept("AlterUserScramCredentials", answer);
    answer.text();
    answer.tags();
  });
}

/** Reads an error code. */
function accept(request: string, answer: WireReader): void {
  const code = answer.int(2);
  if (code !== 0) throw new Error(`${request}: error ${code}`);
}

import type { Endpoint, EndpointFeed, MetadataPoller, PollerOptions } from "@rollcall/core";
import { bootstrapBrokers, type KafkaCluster, kafkaBrokers } from "@rollcall/kafka";
import type { KafkaTestBroker, KafkaTestCluster } from "@rollcall/kafka/simulator";
import type { Admin, KafkaConfig } from "kafkajs";
import { afterEach } from "vitest";
import { KafkaWriter, kafkaApplication } from "../src/index.js";
import { lasting, pollerOf, present, shared, type Test } from "./scenario.js";

export { pollerOf, type Test };

/** What kind of cluster a scenario needs. */
export interface KafkaNeeds {
  /** How many brokers to begin with; default 3, in the racks az1, az2 and az3. */
  readonly brokers?: number | undefined;
  /** Whether clients need TLS and a password (SCRAM). Default: anybody may come. */
  readonly secure?: boolean | undefined;
  /** Whether brokers only ever stop and start, so that nobody is killed or frozen: such a cluster may be cheaper. Default false. */
  readonly orderly?: boolean | undefined;
}

/** Starts a cluster for one scenario, or for several that leave it as they found it. */
export type StartKafka = (needs?: KafkaNeeds) => Promise<KafkaTestCluster>;

/** A cluster that ends with the test. */
export function kafkaFor(test: Test, startKafka: StartKafka, needs?: KafkaNeeds): Promise<KafkaTestCluster> {
  return lasting(test, startKafka(needs));
}

/** One cluster for all scenarios of this suite. Each of them thaws and registers whom it froze or unregistered; who is down is started again. */
export function sharedKafka(startKafka: StartKafka, needs?: KafkaNeeds): () => KafkaTestCluster {
  const cluster = shared(() => startKafka(needs));
  afterEach(() => cluster().startAll());
  return cluster;
}

/** A poller of the brokers of a cluster, closed with the test. Its seeds are, unless given, the addresses that the brokers have now. */
export function brokersOf(
  test: Test,
  cluster: KafkaTestCluster,
  options: PollerOptions & Partial<Parameters<typeof kafkaBrokers>[0]> = {},
): MetadataPoller<KafkaCluster> {
  const { seeds = addresses(cluster), client = cluster.client, clusterId, foreign, ...pollerOptions } = options;
  return pollerOf(test, kafkaBrokers({ seeds, client, clusterId, foreign }), pollerOptions);
}

/** The function for kafkajs, disposed with the test. */
export function liveBrokers(test: Test, ...[feed, options]: Parameters<typeof bootstrapBrokers>): () => Promise<string[]> {
  const brokers = bootstrapBrokers(feed, options);
  test.onTestFinished(() => brokers[Symbol.asyncDispose]());
  return brokers;
}

/** A producer of an application, closed with the test. */
export function writerOn(
  test: Test,
  client: Partial<KafkaConfig>,
  brokers: KafkaConfig["brokers"],
  { topic, name }: { readonly topic: string; readonly name: string },
): KafkaWriter {
  const writer = new KafkaWriter(kafkaApplication(client, brokers), topic, name);
  test.onTestFinished(() => writer.close());
  return writer;
}

/** kafkajs itself with a list of brokers: what an application without Rollcall would know. Connected, and disconnected with the test. */
export async function staticAdmin(test: Test, { client }: KafkaTestCluster, brokers: string[]): Promise<Admin> {
  const admin = kafkaApplication(client, brokers).admin();
  test.onTestFinished(() => admin.disconnect());
  await admin.connect();
  return admin;
}

/** Whom kafkajs's own question lists, by id. */
export async function listedTo(admin: Admin): Promise<readonly number[]> {
  const { brokers } = await admin.describeCluster();
  return brokers.map(({ nodeId }) => nodeId).sort((a, b) => a - b);
}

/** The addresses of all registered brokers. */
export function addresses({ brokers }: KafkaTestCluster): string[] {
  return brokers.map(({ address }) => address);
}

/** Whom a poller says to use, as one text: ids with addresses. */
export function believed({ snapshot }: EndpointFeed): string {
  return text(snapshot?.endpoints ?? []);
}

/** Whom it believes to be listed, whether or not they serve. */
export function believedListed({ snapshot }: EndpointFeed): string {
  return text([...(snapshot?.endpoints ?? []), ...(snapshot?.aside ?? [])]);
}

/** Who is aside, and why. */
export function believedAside({ status }: EndpointFeed): readonly string[] {
  return status.aside.map(({ id, reason }) => `${id} ${reason}`);
}

/** The same as {@link believed} for what is expected. */
export function listed(...brokers: readonly Pick<KafkaTestBroker, "id" | "address">[]): string {
  return brokers
    .map(({ id, address }) => `${id}@${address}`)
    .sort()
    .join(" ");
}

/** As an endpoint has it. */
export function idOf({ id }: KafkaTestBroker): string {
  return String(id);
}

/** A broker, by its place in the list. */
export function brokerAt({ brokers }: KafkaTestCluster, index: number): KafkaTestBroker {
  return present(brokers.at(index), `broker ${index}`);
}

/** All brokers but one. */
export function withoutBroker({ brokers }: KafkaTestCluster, without: KafkaTestBroker): readonly KafkaTestBroker[] {
  return brokers.filter(({ id }) => id !== without.id);
}

/** Where a broker is, as a client would report it. */
export function placeOf({ address }: KafkaTestBroker): Pick<Endpoint, "host" | "port"> {
  const { hostname, port } = new URL(`kafka://${address}`);
  return { host: hostname, port: Number(port) };
}

function text(endpoints: readonly Endpoint[]): string {
  return listed(...endpoints.map(({ id, host, port }) => ({ id: Number(id), address: `${host}:${port}` })));
}

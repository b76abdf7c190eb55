import type { EtcdBinary, EtcdVersion } from "./etcd/etcd-binary.js";
import { findEtcd } from "./etcd/provision.js";
import type { KafkaInstallation } from "./kafka/kafka-installation.js";
import { findKafka } from "./kafka/provision.js";
import { findNats, type NatsBinary } from "./nats/provision.js";
import { findRocketmq } from "./rocketmq/provision.js";
import type { RocketmqInstallation } from "./rocketmq/rocketmq-installation.js";

/** Why a real server is not there for the tests, in one line. */
export interface Missing {
  /** What is missing and how to get it. */
  readonly reason: string;
}

/** How {@link requireServer} answers; for its own tests. */
export interface RequireOptions {
  /** Whether a missing server is an error; default: the environment says `CI=true`. */
  readonly ci?: boolean | undefined;
  /** Takes the one line that says what is skipped; default standard error. */
  readonly print?: ((line: string) => void) | undefined;
}

/**
 * The one rule for tests that need a real server: what was provisioned, or, where it is not in the cache, one printed line
 * with the reason, which the test gives to `describe.skipIf`. With `CI=true` a missing server rejects instead, so that
 * nothing is skipped unseen.
 *
 * @param server System and version, as in `etcd 3.4`.
 * @param find Looks for it, and does nothing else.
 */
export async function requireServer<T>(
  server: string,
  find: () => Promise<T | undefined>,
  options: RequireOptions = {},
): Promise<T | Missing> {
  const { CI } = process.env;
  const { ci = CI === "true", print = (line) => process.stderr.write(`${line}\n`) } = options;
  const found = await find();
  if (found !== undefined) return found;
  const reason = `${server} is not in the cache: run \`pnpm --filter @rollcall/testbed provision "${server}"\``;
  if (ci) throw new Error(reason);
  print(`skipped: ${reason}`);
  return { reason };
}

/** {@link requireServer} for etcd. */
export function requireEtcd(version: EtcdVersion): Promise<EtcdBinary | Missing> {
  return requireServer(`etcd ${version}`, () => findEtcd(version));
}

/** {@link requireServer} for Apache Kafka. */
export function requireKafka(): Promise<KafkaInstallation | Missing> {
  return requireServer("kafka 4.4", findKafka);
}

/** {@link requireServer} for nats-server. */
export function requireNats(): Promise<NatsBinary | Missing> {
  return requireServer("nats 2.15", findNats);
}

/** {@link requireServer} for Apache RocketMQ. */
export function requireRocketmq(): Promise<RocketmqInstallation | Missing> {
  return requireServer("rocketmq 5.5", findRocketmq);
}

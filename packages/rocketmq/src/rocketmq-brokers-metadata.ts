import { type Endpoint, hostPort } from "@rollcall/core";
import * as z from "zod";
import type { RocketmqBroker, RocketmqDivergence } from "./rocketmq-broker.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/** What nameservers say of brokers. Plain JSON data. */
export interface RocketmqBrokers {
  /** Tells a feed of brokers from one of nameservers. */
  readonly kind: "brokers";
  /** By address. */
  readonly brokers: readonly RocketmqBroker[];
  /** Which nameserver that was asked lacks which broker; those that agree are not named. */
  readonly divergence: readonly RocketmqDivergence[];
}

/** A {@link RocketmqBroker}, read back. */
export const storedBroker: z.ZodType<RocketmqBroker> = z.object({
  address: z.string().refine((text) => hostPort.parse(text) !== undefined, "no host:port"),
  name: z.string(),
  cluster: z.string(),
  id: z.int(),
  zone: z.string().optional(),
});

/** {@link RocketmqDivergence}, read back. */
export const storedDivergence: z.ZodType<readonly RocketmqDivergence[]> = z.array(
  z.object({ nameserver: z.string(), lacks: z.array(z.string()) }),
);

const storedBrokers = z.object({ kind: z.literal("brokers"), brokers: z.array(storedBroker), divergence: storedDivergence });

/**
 * Turns a stored answer, parsed from JSON, back into what was stored.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE`, saying what does not fit; `EMPTY_METADATA` for a list of nobody.
 */
export function readStoredBrokers(stored: unknown): RocketmqBrokers {
  const { data, error } = storedBrokers.safeParse(stored);
  if (data === undefined) throw rocketmqRefusal("MALFORMED_RESPONSE", `what was stored is no list of brokers: ${z.prettifyError(error)}`);
  if (data.brokers.length === 0) throw rocketmqRefusal("EMPTY_METADATA", "what was stored lists no broker");
  return data;
}

/** Every broker; its address is its id, because another one may take its name and number. */
export function brokerEndpoints({ brokers }: RocketmqBrokers): readonly Endpoint[] {
  return brokers.flatMap(({ address: id, name, cluster, id: brokerId, zone }) => {
    const address = hostPort.parse(id);
    if (address === undefined) return [];
    const { host, port } = address;
    const role = roleOf(brokerId);
    return [
      zone === undefined
        ? { id, host, port, attributes: { kind: "broker", cluster, name, brokerId, role } }
        : { id, host, port, attributes: { kind: "broker", cluster, name, brokerId, role, zone } },
    ];
  });
}

/** What its number makes of a broker (`MixAll.MASTER_ID`). */
export function roleOf(brokerId: number): "master" | "slave" {
  return brokerId === 0 ? "master" : "slave";
}

/** Whether two answers say the same, divergence included. */
export function sameBrokers(before: RocketmqBrokers, after: RocketmqBrokers): boolean {
  return sameList(before.brokers, after.brokers, sameBroker) && sameDivergence(before.divergence, after.divergence);
}

/** Whether two brokers are the same in all that is known of them. */
export function sameBroker(a: RocketmqBroker, b: RocketmqBroker): boolean {
  return a.address === b.address && a.name === b.name && a.cluster === b.cluster && a.id === b.id && a.zone === b.zone;
}

/** Whether the same nameservers lack the same. */
export function sameDivergence(before: readonly RocketmqDivergence[], after: readonly RocketmqDivergence[]): boolean {
  return sameList(before, after, (a, b) => a.nameserver === b.nameserver && sameList(a.lacks, b.lacks, Object.is));
}

/** Whether two lists are the same, item by item. */
export function sameList<T>(before: readonly T[], after: readonly T[], isSame: (a: T, b: T) => boolean): boolean {
  return before.length === after.length && before.every((item, index) => isSame(item, after[index] as T));
}

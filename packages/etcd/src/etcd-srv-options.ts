import type { SrvRecord } from "node:dns";
import { type Clock, invalidOptions, systemClock } from "@rollcall/core";
import * as z from "zod";

/** How {@link etcdSrvSeeds} asks. */
export interface EtcdSrvSeedsOptions {
  /**
   * Which cluster, where a domain has several: `east` asks for `_etcd-client-ssl-east` and `_etcd-client-east`, as etcdctl's `--discovery-srv-name`
   * does. Default: none. Letters, digits, `-` and `_`.
   */
  readonly name?: string | undefined;
  /** Whom to ask. It is not cancelled, since others may use it. Default: a new `Resolver` of `node:dns/promises` for each question, so that changed name servers are noticed. */
  readonly resolver?: { resolveSrv(service: string): Promise<readonly SrvRecord[]> } | undefined;
  /** Time and randomness. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/** What is asked, checked. */
export interface EtcdSrvSettings extends EtcdSrvSeedsOptions {
  readonly clock: Clock;
  /** What to ask for over TLS. */
  readonly secure: string;
  /** What to ask for without. */
  readonly plain: string;
}

const DOMAIN = "a domain such as example.com";
const NAME = "letters, digits, - and _";

const schema = z.object({
  domain: z.string(DOMAIN).regex(/^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*\.?$/u, DOMAIN),
  options: z.strictObject({
    name: z
      .string(NAME)
      .regex(/^[\w-]+$/, NAME)
      .optional(),
    resolver: z.custom<EtcdSrvSeedsOptions["resolver"]>(resolvesSrv, "an object with the method resolveSrv").optional(),
    clock: z.custom<Clock>().optional(),
  }),
});

/** @throws DiscoveryError `INVALID_OPTIONS` naming what is wrong, what was given and what is allowed. */
export function etcdSrvSettings(domain: string, options: EtcdSrvSeedsOptions): EtcdSrvSettings {
  const given = { domain, options };
  const { error, data } = schema.safeParse(given);
  if (error !== undefined) {
    throw invalidOptions("etcd", given, error.issues, {
      names: { options: "name, resolver, clock" },
      printable: ["domain", "options.name"],
    });
  }
  const { name, resolver, clock = systemClock } = data.options;
  const suffix = name === undefined ? "" : `-${name}`;
  return {
    resolver,
    clock,
    secure: `_etcd-client-ssl${suffix}._tcp.${data.domain}`,
    plain: `_etcd-client${suffix}._tcp.${data.domain}`,
  };
}

function resolvesSrv(given: unknown): boolean {
  return typeof (given as { resolveSrv?: unknown } | null)?.resolveSrv === "function";
}

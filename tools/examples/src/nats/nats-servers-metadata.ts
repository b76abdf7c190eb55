import { type Endpoint, hostPort } from "@rollcall/core";
import * as z from "zod";
import { natsRefusal, saidError } from "./nats-error.js";

/** The servers of a NATS cluster, as one of them lists them. Plain JSON data. */
export interface NatsServers {
  /** The name of the cluster. Absent: the server that answered is in none. */
  readonly cluster?: string | undefined;
  /** `host:port`, sorted, each once: where clients may connect. */
  readonly servers: readonly string[];
  /** Whether the server that answered lets only TLS in. The list itself is told before TLS begins. */
  readonly tlsRequired: boolean;
  /** Whether the server that answered wants to know its clients. */
  readonly authRequired: boolean;
}

/** What we read of an INFO line: `type Info` in nats-server's `server/server.go`. */
export interface NatsInfo {
  readonly server_id: string;
  readonly cluster?: string | undefined;
  readonly connect_urls: readonly string[];
  readonly tls_required: boolean;
  readonly auth_required: boolean;
  readonly ldm: boolean;
}

const info = z.object({
  server_id: z.string().min(1),
  cluster: z.string().optional(),
  connect_urls: z.array(z.string()).default([]),
  tls_required: z.boolean().default(false),
  auth_required: z.boolean().default(false),
  ldm: z.boolean().default(false),
});

const stored = z.strictObject({
  cluster: z.string().optional(),
  servers: z.array(z.string()).min(1),
  tlsRequired: z.boolean(),
  authRequired: z.boolean(),
});

/**
 * Reads the first line that a server says.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE` for what is no INFO line; `UNAVAILABLE` of a server in lame duck mode, which is about to end; what an `-ERR` line means.
 */
export function readInfo(line: string): NatsInfo {
  if (line.startsWith("-ERR")) throw saidError(line);
  const { data, error } = info.safeParse(jsonOf(line));
  if (data === undefined) throw natsRefusal("MALFORMED_RESPONSE", `its INFO cannot be read: ${z.prettifyError(error)}`);
  if (data.ldm) throw natsRefusal("UNAVAILABLE", "it is in lame duck mode, and about to end");
  return data;
}

/**
 * What a server lists. One without company says no `connect_urls`: it is listed as it was asked.
 *
 * @param asked - `host:port` of the server that said it
 */
export function natsServersOf({ cluster, connect_urls, tls_required, auth_required }: NatsInfo, asked: string): NatsServers {
  const servers = connect_urls.length === 0 ? [asked] : [...new Set(connect_urls)].sort();
  return { ...(cluster !== undefined && { cluster }), servers, tlsRequired: tls_required, authRequired: auth_required };
}

/** Every server; its address is its id. An address that is none is left to core, which drops and reports it. */
export function natsEndpoints({ servers }: NatsServers): readonly Endpoint[] {
  return servers.map((id) => ({ id, ...(hostPort.parse(id) ?? { host: "", port: 0 }) }));
}

/** Turns a stored answer, parsed from JSON, back into what was stored. @throws DiscoveryError `MALFORMED_RESPONSE` */
export function readStored(given: unknown): NatsServers {
  const { data, error } = stored.safeParse(given);
  if (data === undefined) throw natsRefusal("MALFORMED_RESPONSE", `what was stored is no list of servers: ${z.prettifyError(error)}`);
  return data;
}

function jsonOf(line: string): unknown {
  const [, json] = /^INFO (\{.*)$/i.exec(line) ?? [];
  try {
    if (json !== undefined) return JSON.parse(json);
  } catch {
    // Half a line, or a stranger's.
  }
  throw natsRefusal("MALFORMED_RESPONSE", "the first that it says is no INFO line of NATS");
}

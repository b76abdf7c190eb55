import { hostPort, invalidOptions } from "@rollcall/core";
import * as z from "zod";

/** Where an nsaddr server listens. */
export interface NsaddrServerOptions {
  /** Default 0: any free port, which the server then tells. An integer from 0 to 65 535. */
  readonly port?: number | undefined;
  /**
   * A name or an address of this machine, IPv6 without brackets. Default `127.0.0.1`: nobody else can ask. Elsewhere whoever reaches it can read where the nameservers are, and
   * hold all the connections that the server takes.
   */
  readonly host?: string | undefined;
  /**
   * The path that is answered, alone and followed by `-` and the name of a unit. Default `/rocketmq/nsaddr`, which clients ask for unless they are told otherwise. Begins with `/`;
   * 1 to 256 characters of those that a path has; no `?`, no `#`, no `.` or `..` between slashes, which many clients would resolve.
   */
  readonly path?: string | undefined;
}

/** The options with every default applied. */
export type NsaddrServerSettings = Readonly<Required<{ [K in keyof NsaddrServerOptions]: NonNullable<NsaddrServerOptions[K]> }>>;

const PORT = "an integer from 0 to 65535";
const HOST = "a name or an address of this machine, IPv6 without brackets";
const PATH = 'text like "/rocketmq/nsaddr": begins with "/", 1 to 256 characters, no blank, no ?, no #, no /./ or /../';

const schema = z.strictObject({
  port: z.int(PORT).min(0, PORT).max(65_535, PORT).default(0),
  host: z.string(HOST).refine(isHost, HOST).default("127.0.0.1"),
  path: z
    .string(PATH)
    .max(256, PATH)
    .regex(/^\/[\w.~!$&'()*+,;=:@%/-]*$/, { error: PATH, abort: true })
    .refine(isAsked, PATH)
    .default("/rocketmq/nsaddr"),
});

const names = Object.keys(schema.shape);

/** @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed. */
export function nsaddrServerSettings(options: NsaddrServerOptions): NsaddrServerSettings {
  const checked = schema.safeParse(options);
  if (checked.success) return checked.data;
  throw invalidOptions("rocketmq", options, checked.error.issues, { names: { "": names.join(", ") }, printable: names });
}

function isHost(host: string): boolean {
  return hostPort.parse(hostPort.format({ host, port: 1 }))?.host === host;
}

/** Whether clients ask for the path as it is; it begins with `/`. */
function isAsked(path: string): boolean {
  return new URL(`http://a${path}`).pathname === path;
}

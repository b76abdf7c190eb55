import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "../client-process.js";
import type { Toolchain, Unavailable } from "./toolchains.js";

/** A client with a configuration. */
export interface Contender {
  /** As the table calls it. */
  readonly name: string;
  /** Whether it consumes as well. */
  readonly consumes?: boolean | undefined;
  /** Whether it takes part only by starting after the replacement. */
  readonly late?: boolean | undefined;
  /** The program that plays it, given the addresses of the brokers at the beginning; or why there is none. */
  readonly play: ((servers: readonly string[]) => Command) | Unavailable;
}

/** What the names of Rollcall's lines begin with. */
export const ROLLCALL = "kafkajs + Rollcall";

const KAFKAJS_CLIENT = fileURLToPath(new URL("./kafkajs-client.js", import.meta.url));

/** Everybody who takes part, in the order of the table. */
export function contenders(
  topic: string,
  directory: string,
  librdkafka: Toolchain | Unavailable,
  java: Toolchain | Unavailable,
): readonly Contender[] {
  const kafkajs = (kind: string, ...store: readonly string[]): Contender["play"] => {
    return (servers) => ({ program: process.execPath, args: [KAFKAJS_CLIENT, kind, servers.join(), topic, ...store] });
  };
  const foreign = (toolchain: Toolchain | Unavailable, strategy: string): Contender["play"] => {
    if ("reason" in toolchain) return toolchain;
    return (servers) => ({ program: toolchain.program, args: [...toolchain.args, servers.join(), topic, strategy] });
  };
  return [
    { name: "kafkajs, static list", consumes: true, play: kafkajs("static") },
    { name: ROLLCALL, consumes: true, play: kafkajs("rollcall", join(directory, "brokers.json")) },
    { name: `${ROLLCALL}, nothing stored`, late: true, play: kafkajs("rollcall") },
    { name: "librdkafka", play: foreign(librdkafka, "rebootstrap") },
    { name: "librdkafka, recovery `none`", play: foreign(librdkafka, "none") },
    { name: "Java client", play: foreign(java, "rebootstrap") },
    { name: "Java client, recovery `none`", play: foreign(java, "none") },
  ];
}

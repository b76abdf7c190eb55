import { fileURLToPath } from "node:url";
import type { Command } from "../client-process.js";
import type { GoClient, Unavailable } from "./go-client.js";
import type { Pace } from "./pace.js";

/** A client with a configuration. */
export interface Contender {
  /** As the table calls it. */
  readonly client: string;
  /** How often it asks for the members, in milliseconds; undefined: never. It must not survive the replacement then, or the run proves nothing. */
  readonly intervalMs: number | undefined;
  /** Whether Rollcall feeds it. */
  readonly rollcall: boolean;
  /** Whether it is measured as a crowd in one process as well. */
  readonly crowd: boolean;
  /** The program that plays so many of it, given the members at the beginning as `host:port`; or why there is none. */
  readonly play: ((hosts: readonly string[], count: number) => Command) | Unavailable;
}

/** A contender that takes part. */
export type Present = Contender & { readonly play: (hosts: readonly string[], count: number) => Command };

/** What Go's lines are called. */
export const GO = "Go clientv3, AutoSync";
const NODE_CLIENT = fileURLToPath(new URL("./node-client.js", import.meta.url));

/** Everybody, in the order of the tables. */
export function contenders(go: GoClient | Unavailable, { intervalsMs }: Pick<Pace, "intervalsMs">): readonly Contender[] {
  const node = (client: string, kind: string, intervalMs?: number): Contender => {
    const play = (hosts: readonly string[], count: number): Command => {
      return { program: process.execPath, args: [NODE_CLIENT, kind, hosts.join(), `${intervalMs ?? 0}`, `${count}`] };
    };
    return { client, intervalMs, rollcall: kind === "rollcall", crowd: kind !== "etcd3", play };
  };
  const goEvery = (intervalMs: number): Contender => {
    const play = (hosts: readonly string[], count: number): Command => {
      return { program: "program" in go ? go.program : "", args: [hosts.join(), `${intervalMs}`, `${count}`] };
    };
    return { client: GO, intervalMs, rollcall: false, crowd: true, play: "reason" in go ? go : play };
  };
  return [
    ...intervalsMs.map(goEvery),
    node("`etcd3`, static hosts", "etcd3"),
    node("grpc-js, `ipv4:` list", "grpc-js"),
    ...intervalsMs.map((intervalMs) => node("grpc-js + Rollcall", "rollcall", intervalMs)),
  ];
}

/** Whether there is a program for it. */
export function isPresent(contender: Contender): contender is Present {
  return typeof contender.play === "function";
}

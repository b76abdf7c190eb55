import { parseArgs } from "node:util";

const SYSTEMS = ["etcd", "kafka", "rocketmq"] as const;

/** What kind of cluster the story can be about. */
export type System = (typeof SYSTEMS)[number];

/** What the command line asks for. */
export type Command =
  | { readonly kind: "run"; readonly system: System; readonly real: boolean }
  | { readonly kind: "help" }
  | { readonly kind: "refused"; readonly reason: string };

const OPTIONS = { system: { type: "string" }, real: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;

/** The text of `--help`. */
export const USAGE = `Usage: pnpm demo [--system etcd|kafka|rocketmq] [--real]

Three clients write to a cluster that Rollcall polls for all of them while every member is replaced, one by one.

  --system  etcd (default): three gRPC clients
            kafka: three kafkajs producers, of which one is idle meanwhile and one restarts afterwards
            rocketmq: three ali-ons producers, of which one restarts afterwards; nameservers are replaced first, then brokers
  --real    on real servers instead of the simulator
              etcd 3.7.3: about 40 s, and once about a minute more to build it (needs Go)
              Kafka 4.4.0: about a minute, and once about half a minute more to fetch it (needs Java and Maven)
              RocketMQ 5.5.0: about a minute, and once about half a minute more to fetch it (needs Java and Maven)
  --help    this text

etcd itself loses a write at about 2 % of the handovers of its lead; --real then says so and ends with 1.

Exit code: 0 when no write failed or got lost and the control died, 1 when not, 2 for an unknown option or system, 130 when interrupted.
`;

/** Reads the arguments that follow the program's name. */
export function parseCommandLine(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { system: named = "etcd", real = false } = values;
    if (values.help === true) return { kind: "help" };
    const system = SYSTEMS.find((known) => known === named);
    if (system === undefined) return { kind: "refused", reason: `Unknown system '${named}', not one of ${SYSTEMS.join(", ")}; see --help` };
    return { kind: "run", system, real };
  } catch (error) {
    // The first sentence says what is wrong; the rest is advice about parsing.
    return { kind: "refused", reason: `${(error as Error).message.split(/\.\s/)[0]}; see --help` };
  }
}

import { provisionEtcd, type RealEtcdOptions, startRealEtcd } from "@rollcall/testbed";
import { giveUpAfter } from "../give-up.js";
import { machineLines, thisMachine, versionOf } from "../machine.js";
import { busyTable, idleTable, isVoid, type Line, type OutageLine, outageTable } from "./availability-report.js";
import { type Contender, contenders } from "./contenders.js";
import { costTable } from "./cost-report.js";
import { type CostLine, costs } from "./costs.js";
import { type GoClient, goClient, type Unavailable } from "./go-client.js";
import { methodLines } from "./method.js";
import { type Fault, FREEZE, type OutageRun, outage, PARTITION } from "./outage.js";
import { FULL, type Pace, SHORT } from "./pace.js";
import { type ReplacementRun, replacement } from "./replacement.js";

// How etcd clients come through the replacement of every member and the outage of one, and what they cost at rest. `--short`: a quick look.

const ALL_WITHIN_MS = 720_000;

/** What is known so far. */
interface Results {
  readonly replacements: (Line<ReplacementRun> & { readonly runs: ReplacementRun[] })[];
  readonly outages: OutageLine[];
  costs: readonly CostLine[];
}

process.exitCode = await main(process.argv.slice(2).join(" "));

async function main(parameters: string): Promise<number> {
  if (parameters !== "" && parameters !== "--short") {
    process.stderr.write("etcd-failover: its only argument is --short, for a quick look\n");
    return 2;
  }
  const pace = parameters === "" ? FULL : SHORT;
  const [etcd, go] = [await provisionEtcd("3.7.3"), await goClient()];
  const everybody = contenders(go, pace);
  const machine = { ...thisMachine(), versions: versions(etcd.version, go) };
  const results: Results = { replacements: everybody.map((contender) => ({ contender, runs: [] })), outages: [], costs: [] };
  const print = (): void => {
    process.stdout.write(`${[...machineLines(machine), ...report(results, pace)].join("\n")}\n`);
  };
  giveUpAfter(ALL_WITHIN_MS, "etcd-failover", print);
  try {
    await measure({ ...etcd, timers: pace.timers }, everybody, pace, results);
  } finally {
    print();
  }
  if (!isVoid(results.replacements)) return 0;
  process.stderr.write("etcd-failover: void, a static list outlived all of its members\n");
  return 1;
}

/** One cluster without proxies before its members, and one with them, which a partition needs. */
async function measure(etcd: RealEtcdOptions, everybody: readonly Contender[], pace: Pace, results: Results): Promise<void> {
  const outages = async (fault: Fault, options: RealEtcdOptions): Promise<void> => {
    process.stderr.write(`a follower is ${fault.name}\n`);
    await using cluster = await startRealEtcd(options);
    const runs = await outage(fault, cluster, everybody, pace);
    results.outages.push(...everybody.map((contender) => ({ contender, fault: fault.name, runs: listed<OutageRun>(runs.get(contender)) })));
  };
  await outages(FREEZE, { ...etcd, isolatable: false });
  await outages(PARTITION, etcd);
  await using cluster = await startRealEtcd({ ...etcd, isolatable: false });
  for (let round = 1; round <= pace.rounds; round += 1) {
    process.stderr.write(`all members are replaced, ${round} of ${pace.rounds}\n`);
    const runs = await replacement(cluster, everybody, pace, round);
    for (const line of results.replacements) line.runs.push(...listed(runs.get(line.contender)));
  }
  process.stderr.write("clients at rest\n");
  results.costs = await costs(cluster, everybody, pace);
}

function report({ replacements, outages, costs: rest }: Results, pace: Pace): readonly string[] {
  const took = replacements.find(({ runs }) => runs.length > 0)?.runs.map(({ tookMs }) => tookMs) ?? [];
  const tables = [
    ["Busy while all members are replaced:", busyTable(replacements)],
    ["Idle while all members are replaced, then busy:", idleTable(replacements)],
    ["A follower does not serve for a while:", outageTable(outages)],
    ["At rest:", costTable(rest)],
  ] as const;
  return [...methodLines(pace, took), ...tables.flatMap(([title, table]) => ["", title, "", ...table])];
}

function versions(etcd: string, go: GoClient | Unavailable): Readonly<Record<string, string>> {
  return {
    node: process.versions.node,
    clientv3: "reason" in go ? "not available" : go.version,
    etcd3: versionOf("etcd3"),
    "@grpc/grpc-js": versionOf("@grpc/grpc-js"),
    etcd,
  };
}

function listed<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

import { CHANCE_MS } from "./availability-report.js";
import { ALIVE_MS } from "./history.js";
import { calmBeforeMs, type Pace } from "./pace.js";
import { TIMEOUT_MS, WRITE_EVERY_MS } from "./settings.js";

/** How everything was measured, in lines. */
export function methodLines(pace: Pace, replacementsMs: readonly number[]): readonly string[] {
  const { calmMs, watchMs, outageMs, restMs, crowdRestMs, crowd, timers, rounds } = pace;
  const before = Array.from({ length: rounds }, (_, at) => calmBeforeMs(at + 1, pace) / 1_000).join(", ");
  const took = replacementsMs.map((ms) => (ms / 1_000).toFixed(1)).join(", ");
  return [
    `Three members on loopback, ${timers} timers. All clients at the same time on the same cluster, each in a process of its own, all given the addresses of the beginning.`,
    `A client that is busy writes each ${s(WRITE_EVERY_MS)}, or at once if the write before took longer; ${s(TIMEOUT_MS)} for a write, none repeated by the bench. What clients repeat`,
    "by themselves is theirs: etcd3 tries up to 3 more members, each with the full time, and may so apply a write twice; clientv3 repeats what was surely not",
    "sent. Keepalive 10 s, and 5 s for the answer, for all. Go's AutoSync and Rollcall's poller ask at the interval shown; plain grpc-js and Rollcall use round_robin.",
    `Replacement, ${rounds} in a row, each with fresh clients: a member joins on new ports, gets its vote, an old one hands over the lead if it has it and goes; three times, in`,
    `${took || "?"} s; values of each in order. Watched from ${before} s before until ${s(calmMs + watchMs)} after it. Idle: some writes before, none during the replacement, busy from ${s(calmMs)} after`,
    `it. New member used: the slowest of three, from when it serves to the first write that it acknowledged. Alive: a write went well in the last ${s(ALIVE_MS)}.`,
    `Outage: a follower is frozen (SIGSTOP) or cut off from its peers while clients still reach it, for ${s(outageMs)}; watched for ${s(calmMs)} more on each side. The cut takes another`,
    "cluster, with proxies between the members. Woken: idle until the middle of the outage, then busy. Slowest good write: its own repetitions included.",
    `At rest: everybody alone for ${s(restMs)}, all at the same time; nobody, and then each crowd of ${crowd} by itself, for ${s(crowdRestMs)}. Clients of a crowd are in one process and share`,
    "no connection; those of Rollcall share one poller. CPU: of the whole process, from /proc, in steps of 10 ms.",
    `Better than Rollcall: than the line at the same interval, or than all for those that never ask; times by more than ${s(CHANCE_MS)}.`,
  ];
}

function s(ms: number): string {
  return `${ms / 1_000} s`;
}

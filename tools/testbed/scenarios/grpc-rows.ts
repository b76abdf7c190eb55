import { status } from "@grpc/grpc-js";
import { etcdMembers } from "@rollcall/etcd";
import { grpcTarget } from "@rollcall/grpc";
import { expect, it, vi } from "vitest";
import { plainClient } from "../src/index.js";
import { clusterFor, type StartCluster, urls } from "./etcd-scenario.js";
import { pollerOf } from "./scenario.js";

/** What a busy machine may add. */
const SLACK_MS = 3_000;
/** Much longer than the keepalive takes. */
const DEADLINE_MS = 60_000;

/**
 * What a channel does by options of grpc-js, which its poller has to live with.
 *
 * @param keepalive - of the channel; real members refuse pings closer than 5 s
 */
export function grpcRowScenarios(startCluster: StartCluster, keepalive: { readonly timeMs: number; readonly timeoutMs: number }): void {
  it('row "frozen member": a call in flight fails within keepalive time and timeout, and the member is set aside', async (test) => {
    const cluster = await clusterFor(test, startCluster, { timers: "default" });
    const poller = pollerOf(test, etcdMembers({ seeds: urls(cluster) }));
    await poller.ready();
    const options = { "grpc.keepalive_time_ms": keepalive.timeMs, "grpc.keepalive_timeout_ms": keepalive.timeoutMs };
    const channel = plainClient({ target: grpcTarget(poller), options });
    test.onTestFinished(() => channel.close());
    const put = (): Promise<void> => channel.put("frozen", "member", DEADLINE_MS);
    // Until every member has a connection and takes its turn.
    for (let calls = 0; calls < 30; calls++) await put();

    const leader = await cluster.leader();
    const frozen = cluster.members.find(({ id }) => id !== leader.id);
    if (frozen === undefined) throw new Error("the cluster has no follower");
    await cluster.freeze(frozen);
    const start = performance.now();
    const ends = await Promise.allSettled(cluster.members.map(put));
    const took = performance.now() - start;
    const lost = ends.filter((end) => end.status === "rejected");
    expect(lost.map(({ reason }) => reason.code)).toEqual([status.UNAVAILABLE]);
    expect(took).toBeLessThan(keepalive.timeMs + keepalive.timeoutMs + SLACK_MS);
    await vi.waitFor(() => expect(poller.status.aside).toMatchObject([{ id: frozen.id, reason: "silent" }]), SLACK_MS);
    await cluster.thaw(frozen);
  });
}

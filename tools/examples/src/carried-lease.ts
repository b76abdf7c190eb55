import { setTimeout as pause } from "node:timers/promises";
import type { LiveClient } from "@rollcall/core";
import type { Etcd3 } from "etcd3";

/**
 * Keeps a lease alive that any client may have granted, on whichever client is there. (A `Lease` of `etcd3` belongs to the client that it was made with.) Each time is a stream of its own:
 * one that is held would say nothing of a member that is silent until the lease has run out.
 *
 * Resolves once the lease is over, or was not confirmed for its whole length. Rejects when the signal fires or the live client is disposed.
 */
export async function keepAlive(live: LiveClient<Etcd3>, id: string, ttlMs: number, signal: AbortSignal): Promise<void> {
  for (let confirmedAt = Date.now(); Date.now() < confirmedAt + ttlMs; ) {
    const began = Date.now();
    // A sixth of its length, after a third of it: three members in a row may be silent.
    const ttl = await renew(await live.ready(), id, ttlMs / 6).catch(() => undefined);
    if (ttl === "0") return;
    if (ttl !== undefined) confirmedAt = began;
    await pause(ttl === undefined ? 50 : ttlMs / 3, undefined, { signal, ref: false });
  }
}

/** Resolves with the seconds that the lease has from now on, "0" when it is over. */
async function renew({ leaseClient }: Etcd3, id: string, timeoutMs: number): Promise<string> {
  const stream = await leaseClient.leaseKeepAlive({ deadline: Date.now() + timeoutMs });
  const answer = new Promise<string>((resolve, reject) => {
    stream.on("error", reject).on("data", ({ TTL }) => resolve(TTL));
    stream.write({ ID: id });
  });
  return answer.finally(() => stream.end());
}

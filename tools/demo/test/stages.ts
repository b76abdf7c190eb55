import { expect, vi } from "vitest";
import type { Stage } from "../src/stage.js";

/** Waits until the poller believes what the cluster lists and every client got writes through since, but for those of the kinds in `silent`. */
export async function followed(stage: Stage, silent: readonly string[] = []): Promise<void> {
  const before = new Map(stage.cast.clients.map(({ kind, acknowledged }) => [kind, acknowledged]));
  await vi.waitFor(
    () => {
      const { members, clients } = stage.scene();
      expect(members.filter(({ inUse, listed }) => inUse !== listed)).toEqual([]);
      for (const { kind, acknowledged } of clients) {
        if (!silent.includes(kind)) expect(acknowledged, kind).toBeGreaterThanOrEqual((before.get(kind) ?? 0) + 3);
      }
    },
    { timeout: 20_000, interval: 20 },
  );
}

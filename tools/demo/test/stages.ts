import { expect, vi } from "vitest";
import type { Scene } from "../src/scene.js";
import type { Stage } from "../src/stage.js";

/** Waits until the pollers believe what the cluster lists and every client {@link wrote}. */
export async function followed(stage: Stage, silent?: readonly string[]): Promise<void> {
  await wrote(stage, silent, ({ memberships }) => {
    expect(memberships.flatMap(({ members }) => members).filter(({ inUse, listed }) => inUse !== listed)).toEqual([]);
  });
}

/** Waits until every client got writes through since, but for those of the kinds in `silent`, and until what is `expected` of the scene is so. */
export async function wrote(stage: Stage, silent: readonly string[] = [], expected: (scene: Scene) => void = () => {}): Promise<void> {
  const before = new Map(stage.cast.clients.map(({ kind, acknowledged }) => [kind, acknowledged]));
  await vi.waitFor(
    () => {
      const scene = stage.scene();
      expected(scene);
      for (const { kind, acknowledged } of scene.clients) {
        if (!silent.includes(kind)) expect(acknowledged, kind).toBeGreaterThanOrEqual((before.get(kind) ?? 0) + 3);
      }
    },
    { timeout: 20_000, interval: 20 },
  );
}

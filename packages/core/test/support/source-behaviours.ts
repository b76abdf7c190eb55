import { DiscoveryError } from "../../src/index.js";
import type { ManualClock } from "./manual-clock.js";
import { type Answer, answer, hang, type Script } from "./scripted-source.js";

/** What a source may do, by name; `good` answers the truth. */
export function sourceBehaviours(clock: ManualClock, good: () => Answer): readonly (readonly [name: string, script: Script])[] {
  const later = (ms: number, value: () => Answer): Promise<Answer> =>
    new Promise((resolve) => clock.setTimeout(() => resolve(value()), ms));
  return [
    ["good", good],
    ["good", good],
    ["slow", () => later(1_500, good)],
    ["late and deaf", () => later(3_500, good)],
    ["hanging", hang],
    ["hanging and deaf", () => new Promise<never>(() => undefined)],
    ["empty", () => answer()],
    ["partial", () => answer("a")],
    ["half bad", () => ({ endpoints: [...good().endpoints, { id: "", host: "h", port: 1 }, null as never] })],
    ["garbage", () => "garbage" as never],
    ["refusing", () => Promise.reject(new DiscoveryError("UNAVAILABLE", "no", { source: "model" }))],
    ["throwing text", () => Promise.reject("text")],
    ["another epoch", () => ({ ...good(), epoch: Math.floor(clock.random() * 3) })],
  ];
}

import type { Endpoint } from "../../src/endpoint.js";
import { askCandidates, DiscoveryError } from "../../src/index.js";
import type { Life } from "./model-life.js";
import type { ModelAnswer, ModelScript, ModelSource } from "./model-source.js";
import { answer, hang, member } from "./scripted-source.js";

/** Who answers in the name of another cluster. */
export const STRANGER = "stranger.test";

/** What a source may do, by name; `good` answers the truth. */
export function sourceBehaviours(life: Life): readonly (readonly [name: string, script: ModelScript])[] {
  const { source } = life;
  const good = (): ModelAnswer => source.truth();
  const later = (ms: number, value: () => ModelAnswer): Promise<ModelAnswer> =>
    new Promise((resolve) => source.clock.setTimeout(() => resolve(value()), ms));
  const refusal = new DiscoveryError("UNAVAILABLE", "no", { source: "model" });
  return [
    ["good", good],
    ["good", good],
    ["a little slow", () => later(40, good)],
    ["slow", () => later(1_500, good)],
    ["late and deaf", () => later(3_500, good)],
    ["very late and deaf", () => later(14_000, good)],
    ["hanging", hang],
    ["hanging and deaf", () => new Promise<never>(() => undefined)],
    ["refusing late and deaf", () => later(2_500, good).then(() => Promise.reject(refusal))],
    ["empty", () => answer()],
    ["partial", () => answer("a")],
    ["half bad", () => ({ ...good(), endpoints: [...good().endpoints, ...BAD_ENTRIES] })],
    ["garbage", () => "garbage" as never],
    ["nothing", () => undefined as never],
    ["breaking off", () => ({ endpoints: breakingOff(good().endpoints) as Iterable<Endpoint> as never })],
    ["refusing", () => Promise.reject(refusal)],
    ["refusing with text", () => Promise.reject("text")],
    ["refusing with nothing", () => Promise.reject(undefined)],
    ["throwing at once", throwAtOnce],
    ["throwing nothing at once", throwNothing],
    ["another epoch", () => ({ ...good(), epoch: source.nextEpoch() })],
    ["pushing", () => source.announcing(good())],
    ["deserted while it is read", () => ({ ...good(), whileRead: () => life.everybodyLeaves() })],
    ["another cluster", () => pinned(source, "stranger")],
    ["another cluster first", ({ signal }) => bothClusters(source, signal)],
  ];
}

const BAD_ENTRIES = [{ id: "", host: "h", port: 1 }, null, { id: "q", host: "[::1]", port: 1 }, member("a@again")] as Endpoint[];

function* breakingOff(endpoints: readonly Endpoint[]): Generator<Endpoint, void, undefined> {
  yield* endpoints.slice(0, 1);
  throw new Error("the connection broke");
}

function throwAtOnce(): never {
  throw new TypeError("no such client");
}

function throwNothing(): never {
  const nothing: unknown = undefined;
  throw nothing as Error;
}

/** What one of two clusters answers, if it is the pinned one. */
function pinned(source: ModelSource, cluster: string): ModelAnswer {
  source.pin.check(cluster);
  return cluster === "ours" ? source.truth() : answer(`a@${STRANGER}`, `s@${STRANGER}`, `t@${STRANGER}`);
}

async function bothClusters(source: ModelSource, signal: AbortSignal): Promise<ModelAnswer> {
  const ask = async (cluster: string): Promise<ModelAnswer> => pinned(source, cluster);
  return (await askCandidates(["stranger", "ours"], ask, { signal, clock: source.clock })).answer;
}

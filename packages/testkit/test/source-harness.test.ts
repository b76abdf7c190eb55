import { expect, it } from "vitest";
import { type SourceCapabilities, type SourceHarness, sourceConformance } from "../src/index.js";
import { CAPABILITIES, LineCluster, TOKEN } from "./line-cluster.js";
import { LineSource } from "./line-source.js";
import { type Registered, writingRunner } from "./support/registered.js";

const good = () => LineCluster.start((seeds, token) => new LineSource(seeds, token));

function registeredFor<H extends SourceHarness>(make: () => Promise<H>, capabilities: SourceCapabilities<H>): readonly Registered[] {
  const { runner, registered } = writingRunner();
  sourceConformance("a source", make, { ...capabilities, runner });
  return registered;
}

/** What the case of that name says. */
async function saidBy(registered: readonly Registered[], wanted: string): Promise<unknown> {
  const found = registered.find(({ name }) => name === wanted);
  if (found === undefined || found.run === "skipped") throw new Error(`${wanted} is not there`);
  return await found.run().catch(String);
}

it("false claims nothing", () => {
  const nothing = { ...CAPABILITIES, severalSeeds: false, known: false, restore: false };
  const skipped = registeredFor(good, nothing).filter(({ run }) => run === "skipped");
  expect(new Set(skipped.map(({ name }) => /capability (\w+) is not claimed/.exec(name)?.[1]))).toEqual(
    new Set(["severalSeeds", "known", "restore"]),
  );
});

it("every case is left the time to say what is late, whatever the runner's own limit", () => {
  const shortest = Math.min(...registeredFor(good, {}).map(({ timeoutMs }) => timeoutMs));
  // A poll that does not end, is deaf to its signal, and a source that does not close.
  expect(shortest).toBeGreaterThan(3_000 + 1_000 + 1_000);
});

it("close() may be the disposer of the cluster, and is waited for", async () => {
  let closed = false;
  const make = async (): Promise<SourceHarness> => {
    const cluster = await good();
    const disposable: AsyncDisposable = {
      [Symbol.asyncDispose]: async () => {
        await cluster.close();
        closed = true;
      },
    };
    return { seeds: cluster.seeds, source: (seeds) => cluster.source(seeds), close: () => disposable[Symbol.asyncDispose]() };
  };
  expect(await saidBy(registeredFor(make, {}), "in plain JSON data")).toBe(undefined);
  expect(closed).toBe(true);
});

it.each<[unknown, string]>([
  [[], "make gave [] as seeds; a list of at least one is needed"],
  [["127.0.0.1:80", "http://127.0.0.1:1"], "make gave 'http://127.0.0.1:1' as seeds[1]; a seed is host:port"],
  [["127.0.0.1"], "make gave '127.0.0.1' as seeds[0]; a seed is host:port"],
  [["[::1]:0"], "make gave '[::1]:0' as seeds[0]; a seed is host:port"],
])("seeds %j are the harness's mistake, not the source's", async (seeds, message) => {
  let closed = 0;
  const close = async (): Promise<void> => {
    closed += 1;
  };
  const harness = { seeds, source: () => new LineSource([], TOKEN), close };
  const registered = registeredFor(async () => harness as unknown as SourceHarness, {});
  expect(await saidBy(registered, "in plain JSON data")).toContain(`sourceConformance: ${message}`);
  expect(closed).toBe(1);
});

it.each([
  "when nobody can be reached",
  "that never end",
  "although the answer arrives in pieces",
  "when the others refuse",
  "when the others accept and stay silent",
  "although one of the known is gone, too",
])("the case %s notices a source() that ignores its seeds", async (name) => {
  const deaf = async (): Promise<LineCluster> => {
    const cluster = await LineCluster.start(() => new LineSource(cluster.seeds, TOKEN));
    return cluster;
  };
  expect(await saidBy(registeredFor(deaf, CAPABILITIES), name)).toMatch(
    /^Error: source\(\) of the harness was given the seed .* use its argument/,
  );
});

import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, type SinkHarness, sinkConformance } from "@rollcall/testkit";
import { describe, it } from "vitest";
import { hostPort } from "../src/index.js";
import { endpointFile, endpointLookup, readiness } from "../src/sinks/index.js";
import { everybody } from "./support/looked-up.js";

const PORT = 2379;
const runner = { describe, it };

sinkConformance(
  "endpointLookup",
  (feed): SinkHarness => {
    const lookup = endpointLookup({ "orders.cluster": feed });
    const held = async (): Promise<readonly Address[]> => (await everybody(lookup, "orders.cluster")).map((host) => ({ host, port: PORT }));
    held().catch(() => undefined); // it subscribes when it is first called
    return { held, close: () => lookup[Symbol.asyncDispose]() };
  },
  { runner },
);

interface FileHarness extends SinkHarness {
  readonly folder: string;
}

for (const format of ["json-lines", "file_sd"] as const) {
  const read = (text: string): readonly Address[] =>
    format === "file_sd"
      ? JSON.parse(text).flatMap(({ targets }: { readonly targets: readonly string[] }) => targets.map((target) => hostPort.parse(target)))
      : text.split("\n").flatMap((line) => (line === "" ? [] : (JSON.parse(line) as Address)));
  sinkConformance(
    `endpointFile, ${format}`,
    async (feed): Promise<FileHarness> => {
      const folder = await mkdtemp(join(tmpdir(), "rollcall-sink-"));
      const path = join(folder, "members.json");
      const subscription = feed.subscribe(endpointFile(path, { format }));
      const close = async (): Promise<void> => {
        await subscription[Symbol.asyncDispose]();
        await Promise.all([folder, `${folder}-away`].map((one) => rm(one, { recursive: true, force: true })));
      };
      return { folder, held: async () => read(await readFile(path, "utf8")), close };
    },
    { runner, refuse: ({ folder }, refusing) => (refusing ? rename(folder, `${folder}-away`) : rename(`${folder}-away`, folder)) },
  );
}

sinkConformance(
  "readiness",
  (feed): SinkHarness => {
    const ready = readiness(feed, { minEndpoints: 0 });
    // It holds a number, and nobody's address.
    const held = async (): Promise<readonly Address[]> => {
      const { endpoints } = await ready.check();
      return (feed.snapshot?.endpoints ?? []).slice(0, endpoints);
    };
    return { held, close: () => ready[Symbol.asyncDispose]() };
  },
  { runner },
);

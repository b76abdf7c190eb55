import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { member } from "./support/polling.js";

const PROGRAM = `
import { etcdMembers } from "./index.js";
const source = etcdMembers({ seeds: [process.argv[2]] });
const { signal } = new AbortController();
source.watch({ signal, changed: () => undefined });
const { members } = await source.fetch({ signal, previous: undefined, known: [], attempt: 0 });
process.stdout.write(members[0].id);`;

describe("a process", () => {
  it("ends by itself although a connection is held", async () => {
    const server = await member();
    const here = new URL("../src", import.meta.url).pathname;
    const { outputFiles } = await build({
      stdin: { contents: PROGRAM, resolveDir: here },
      ...{ bundle: true, format: "esm", platform: "node", write: false, logLevel: "error" },
      ...{ conditions: ["@rollcall/source"], external: ["@grpc/grpc-js", "@bufbuild/protobuf", "zod"] },
    });
    const child = spawn(process.execPath, ["--input-type=module", "-", server.url], { cwd: here, stdio: ["pipe", "pipe", "inherit"] });
    const printed = text(child.stdout);
    child.stdin.end(outputFiles?.[0]?.text);
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(await printed).toBe("1");
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { frozenMember } from "./support/loopback-member.js";
import { memberList } from "./support/member-list.js";
import { member, use } from "./support/polling.js";

const PROGRAM = `
import { etcdMembers } from "./index.js";
const source = etcdMembers({ seeds: [process.argv[2]] });
const { signal } = new AbortController();
source.watch({ signal, changed: () => undefined });
const { members } = await source.fetch({ signal, previous: undefined, known: [], attempt: 0 });
process.stdout.write(members[0].id);
setTimeout(() => undefined, 100); // long enough for a spare on loopback`;

describe("a process", () => {
  it.each([
    ["two connections are held", async () => (await member()).url],
    ["a spare is being made to a member that never speaks", async () => use(await frozenMember()).url],
  ])("ends by itself although %s", async (_what, other) => {
    const urls = ["", await other()];
    const server = await member(() => memberList(urls.map((url, index) => ({ id: `${index + 1}`, urls: [url] }))));
    urls[0] = server.url;
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

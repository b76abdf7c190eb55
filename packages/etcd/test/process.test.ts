import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { frozenMember } from "./support/loopback-member.js";
import { memberList } from "./support/member-list.js";
import { member, use } from "./support/polling.js";

const PROGRAM = `
import { MetadataPoller } from "@rollcall/core";
import { etcdMembers } from "./index.js";
const poller = new MetadataPoller(etcdMembers({ seeds: [process.argv[2]] }));
poller.subscribe(() => undefined);
const { endpoints } = await poller.ready();
process.stdout.write(endpoints[0].id);
setTimeout(() => undefined, 100); // long enough for a spare on loopback`;

describe("a process", () => {
  it.each([
    ["two connections are held", async () => (await member()).url],
    ["a spare is being made to a member that never speaks", async () => use(await frozenMember()).url],
  ])("row 2: ends by itself although it is to poll again and %s", { timeout: 30_000 }, async (_what, other) => {
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

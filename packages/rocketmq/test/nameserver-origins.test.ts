import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@rollcall/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { hanging, localHttp, saying, status } from "./support/local-http.js";
import { nameservers, read } from "./support/nameserver-stage.js";

/** The path of a file with this text, until the test is over. */
async function file(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-nameservers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "nameservers");
  await writeFile(path, text);
  return path;
}

describe("nameservers from seeds", () => {
  it("are the list, sorted, each once, with RocketMQ's port where there is none", async () => {
    const source = nameservers({ seeds: ["NS2", "ns1:1", "ns2:9876", "[::1]"] });
    const answer = await read(source);
    expect(answer.nameservers).toEqual(["[::1]:9876", "ns1:1", "ns2:9876"]);
    expect(source.endpoints(answer)).toEqual([
      { id: "[::1]:9876", host: "::1", port: 9876, attributes: { kind: "nameserver" } },
      { id: "ns1:1", host: "ns1", port: 1, attributes: { kind: "nameserver" } },
      { id: "ns2:9876", host: "ns2", port: 9876, attributes: { kind: "nameserver" } },
    ]);
  });

  it.each([
    ["nobody", [], "[EMPTY_METADATA] <seeds function>: it lists no nameserver"],
    ["what is no list", "a:1", "[MALFORMED_RESPONSE] <seeds function>: the function returned no list of texts"],
    ["what is no address", ["a:1", "http://b"], '[MALFORMED_RESPONSE] <seeds function>: "http://b" is no host:port'],
    ["what is no text", ["a:1", 9876], "[MALFORMED_RESPONSE] <seeds function>: the function returned no list of texts"],
  ])("of a function that returns %s are one clear error", async (_what, returned, expected) => {
    await expect(read(nameservers({ seeds: async () => returned as never }))).rejects.toThrow(expected);
  });

  it("of a function that throws are an error that names it", async () => {
    const vault = new Error("the vault is sealed");
    const failed = read(nameservers({ seeds: () => Promise.reject(vault) }));
    await expect(failed).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("<seeds function>: the vault is sealed"),
    });
  });
});

describe("nameservers from a file", () => {
  it("are what is written there now, one per line or as an address server writes them, without comments", async () => {
    const path = await file("# ours\n10.0.0.2:9876 # rack 2\n10.0.0.1:9876\n");
    const source = nameservers({ file: path });
    expect((await read(source)).nameservers).toEqual(["10.0.0.1:9876", "10.0.0.2:9876"]);
    await writeFile(path, "10.0.0.3:9876;10.0.0.4:9876");
    expect((await read(source)).nameservers).toEqual(["10.0.0.3:9876", "10.0.0.4:9876"]);
  });

  it.each([
    ["garbage", "10.0.0.1:9876\nnameserver=10.0.0.2\n", '[MALFORMED_RESPONSE] file:PATH: "nameserver=10.0.0.2" is no host:port'],
    ["comments only", "# 10.0.0.1:9876\n#\n", "[EMPTY_METADATA] file:PATH: it lists no nameserver"],
    ["nothing", "", "[EMPTY_METADATA] file:PATH: it lists no nameserver"],
    ["too much", "x".repeat(70_000), "[MALFORMED_RESPONSE] file:PATH: it is longer than 65536 bytes"],
  ])("that holds %s are one clear error", async (_what, text, expected) => {
    const path = await file(text);
    await expect(read(nameservers({ file: path }))).rejects.toThrow(expected.replace("PATH", path));
  });

  it("that is missing, or never ends, are one clear error", async () => {
    await expect(read(nameservers({ file: "/nowhere/nameservers" }))).rejects.toThrow(
      "[rocketmq] [UNAVAILABLE] file:/nowhere/nameservers: it cannot be read: ENOENT: no such file or directory",
    );
    await expect(read(nameservers({ file: "/dev/zero" }))).rejects.toThrow("it is longer than 65536 bytes");
  });
});

describe("nameservers from several origins", () => {
  it("are those of all of them, each once", async () => {
    const http = await localHttp(saying("b:1;a:1"));
    const from = [{ addressServer: http.url }, { seeds: ["c:1", "a:1"] }, { file: await file("d:1") }];
    const answer = await read(nameservers(from));
    expect(answer.nameservers).toEqual(["a:1", "b:1", "c:1", "d:1"]);
    expect(answer.origins.map(({ nameservers: listed }) => listed)).toEqual([["a:1", "b:1"], ["a:1", "c:1"], ["d:1"]]);
  });

  it("keep what one said last that cannot be read, and say why", async () => {
    const http = await localHttp(saying("b:1;a:1"));
    const source = nameservers([{ addressServer: http.url }, { seeds: ["c:1"] }]);
    const previous = await read(source);
    http.answer = status(503);
    const answer = await read(source, { previous });
    expect(answer).toEqual({
      kind: "nameservers",
      nameservers: ["a:1", "b:1", "c:1"],
      origins: [
        {
          name: `${http.url}/rocketmq/nsaddr`,
          nameservers: ["a:1", "b:1"],
          error: `[rocketmq] [UNAVAILABLE] ${http.url}/rocketmq/nsaddr: it answers 503`,
        },
        { name: "c:1", nameservers: ["c:1"] },
      ],
    });
    expect(source.sameMetadata?.(previous, answer)).toBe(false);
    http.answer = status(500);
    expect(source.sameMetadata?.(answer, await read(source, { previous: answer }))).toBe(true);
    expect((await read(source)).nameservers).toEqual(["c:1"]);
  });

  it("fail together only, with an error that names each and the most telling code", async () => {
    const http = await localHttp(status(403));
    const source = nameservers([{ file: "/nowhere/nameservers" }, { addressServer: http.url }]);
    const previous = {
      kind: "nameservers",
      nameservers: ["a:1"],
      origins: [{ name: "file:/nowhere/nameservers", nameservers: ["a:1"] }],
    } as const;
    const failure = expect.objectContaining({
      code: "UNAUTHENTICATED",
      message: expect.stringMatching(
        /no list .* can be read: file:\/nowhere\/nameservers: it cannot be read: ENOENT.*; http:.*: it answers 403$/,
      ),
      cause: expect.any(AggregateError),
    });
    await expect(read(source, { previous })).rejects.toEqual(failure);
  });

  it("do not wait for a silent one until the poll is over: it gets half of the poll at most", async () => {
    const clock = new ManualClock();
    const http = await localHttp(hanging);
    const source = nameservers(
      [{ addressServer: [http.url, `${http.url}/b`] }, { seeds: ["c:1"] }],
      { attemptTimeoutMs: 60_000, hedgeAfterMs: 60_000 },
      { clock },
    );
    const reading = read(source, { timeoutMs: 1_000 });
    await http.until(({ requests }) => requests.length === 1);
    await clock.advance(125);
    await http.until(({ requests }) => requests.length === 2);
    await clock.advance(500);
    const { origins } = await reading;
    expect(origins[0]?.error).toContain("no answer within 500 ms");
    await http.until(({ connections }) => connections === 0);
    expect(clock.pending).toBe(0);
  });

  it("end with the signal, with its reason", async () => {
    const http = await localHttp(hanging);
    const over = new AbortController();
    const reading = read(nameservers([{ addressServer: http.url }, { seeds: ["c:1"] }]), { signal: over.signal }).catch(
      (error: unknown) => error,
    );
    await http.until(({ requests }) => requests.length === 1);
    over.abort(new Error("nobody waits"));
    expect(await reading).toEqual(new Error("nobody waits"));
    await http.until(({ connections }) => connections === 0);
  });
});

describe("restoring stored nameservers", () => {
  const stored = {
    kind: "nameservers",
    nameservers: ["a:1", "b:1"],
    origins: [{ name: "c:1", nameservers: ["a:1", "b:1"], error: "why" }],
  };

  it("takes back what was stored", () => {
    expect(nameservers({ seeds: ["c:1"] }).restore?.(JSON.parse(JSON.stringify(stored)))).toEqual(stored);
  });

  it.each([
    ["what is no list", "a:1", "[MALFORMED_RESPONSE] what was stored is no list of nameservers"],
    ["a list of brokers", { ...stored, kind: "brokers" }, "[MALFORMED_RESPONSE] what was stored is no list of nameservers"],
    ["an address that is none", { ...stored, nameservers: ["a"] }, "no address of a nameserver"],
    ["an origin without addresses", { ...stored, origins: [{ name: "c" }] }, "[MALFORMED_RESPONSE]"],
    ["a list of nobody", { ...stored, nameservers: [] }, "[EMPTY_METADATA] what was stored lists no nameserver"],
  ])("refuses %s", (_what, given, expected) => {
    expect(() => nameservers({ seeds: ["c:1"] }).restore?.(given)).toThrow(expected);
  });
});

import type { SrvRecord } from "node:dns";
import { mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dnsSeeds, srvSeeds } from "@rollcall/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { FakeNameservers, frozen, type Saying, serving } from "./support/fake-nameservers.js";
import { localHttp, saying, status } from "./support/local-http.js";
import { type NameserverStage, polledNameservers } from "./support/nameserver-stage.js";

/** Polled nameservers of a list that may change, which say so. */
async function fleet(saying: Saying, ...names: string[]): Promise<{ stage: NameserverStage; transport: FakeNameservers; list: string[] }> {
  const transport = new FakeNameservers();
  for (const name of names) transport.listening.set(name, saying);
  const list = [...names];
  const stage = await polledNameservers({ seeds: async () => list }, {}, {}, transport);
  onTestFinished(() => expect(transport.open.size).toBe(0));
  return { stage, transport, list };
}

/** What DNS says when it does not answer. */
const SERVFAIL = Object.assign(new Error("queryA ESERVFAIL"), { code: "ESERVFAIL" });
const NODATA = Object.assign(new Error("queryAaaa ENODATA"), { code: "ENODATA" });

describe("nameservers from DNS, polled", () => {
  it("row 5: all addresses of every poll count, and a failure keeps the old list", async () => {
    const answers: (readonly string[] | Error)[] = [["10.0.0.2", "10.0.0.1"], ["10.0.0.1", "10.0.0.3"], SERVFAIL, ["10.0.0.3", "10.0.0.4"]];
    const resolver = {
      resolve4: async () => {
        const answer = answers.shift() ?? NODATA;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      resolve6: async (): Promise<readonly string[]> => (answers.length > 2 ? ["::1"] : Promise.reject(NODATA)),
    };
    const stage = await polledNameservers({ seeds: dnsSeeds("ns.example.com", 9876, { resolver }) });
    const seen = [stage.view];
    for (let poll = 0; poll < 3; poll += 1) {
      seen.push(`${await stage.poll()} ${stage.view}`);
    }
    expect(seen).toEqual([
      "10.0.0.1:9876 10.0.0.2:9876 [::1]:9876 |",
      "undefined 10.0.0.1:9876 10.0.0.3:9876 |",
      "UNAVAILABLE 10.0.0.1:9876 10.0.0.3:9876 |",
      "undefined 10.0.0.3:9876 10.0.0.4:9876 |",
    ]);
  });

  it("row 5: SRV records keep their ports, and their order is no change", async () => {
    const record = (name: string, port: number): SrvRecord => ({ name, port, priority: 1, weight: 1 });
    let records = [record("ns1.example.com.", 1), record("NS2.example.com", 2)];
    const resolver = { resolveSrv: async () => records };
    const stage = await polledNameservers({ seeds: srvSeeds("_namesrv._tcp.example.com", { resolver }) });
    expect(stage.view).toBe("ns1.example.com:1 ns2.example.com:2 |");
    records = records.toReversed();
    await stage.poll();
    expect(stage.poller.snapshot?.version).toBe(1);
  });
});

describe("nameservers of a file, polled", () => {
  it("follow what is written, and stay while the file is missing or garbage", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-nameservers-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "nameservers");
    await writeFile(file, "a:1\nb:1\n");
    const stage = await polledNameservers({ file });
    await writeFile(file, "b:1 c:1");
    expect(await stage.poll()).toBeUndefined();
    await unlink(file);
    expect(await stage.poll()).toBe("UNAVAILABLE");
    await writeFile(file, "b:1\nc");
    expect(await stage.poll()).toBe("MALFORMED_RESPONSE");
    expect(stage.view).toBe("b:1 c:1 |");
  });
});

describe("nameservers of several origins, polled", () => {
  it("lose nobody while one origin fails, and follow the other", async () => {
    const http = await localHttp(saying("a:1;b:1"));
    let seeds = ["c:1"];
    const stage = await polledNameservers([{ addressServer: http.url }, { seeds: async () => seeds }]);
    http.answer = status(500);
    seeds = ["c:1", "d:1"];
    expect(await stage.poll()).toBeUndefined();
    expect(stage.view).toBe("a:1 b:1 c:1 d:1 |");
    expect(stage.poller.snapshot?.metadata.origins.map(({ error }) => error !== undefined)).toEqual([true, false]);
    http.answer = saying("b:1");
    expect(await stage.poll()).toBeUndefined();
    expect(stage.view).toBe("b:1 c:1 d:1 |");
  });
});

describe("nameservers that are probed", () => {
  it("row 6: one that is stopped is aside within two rounds of probes, though it takes connections, and comes back", async () => {
    const { stage, transport } = await fleet(serving, "a:1", "b:1", "c:1");
    transport.listening.set("b:1", frozen);
    await stage.clock.advance(62_000);
    expect(stage.view).toBe("a:1 c:1 | b:1");
    transport.listening.set("b:1", serving);
    await stage.clock.advance(10_000);
    expect(stage.view).toBe("a:1 b:1 c:1 |");
  });

  it("row 6: one that is not ready is aside, though it tells its brokers", async () => {
    const { stage, transport } = await fleet(serving, "a:1", "b:1");
    transport.listening.set("a:1", (request) => (request.code === 105 ? { code: 1, remark: "name server not ready" } : serving(request)));
    await stage.clock.advance(62_000);
    expect(stage.view).toBe("b:1 | a:1");
  });

  it("row 7: one that is killed for ever is told of once, and asked less and less", async () => {
    const { stage, transport } = await fleet(serving, "a:1", "b:1");
    transport.listening.delete("b:1");
    await stage.clock.advance(62_000);
    expect(stage.view).toBe("a:1 | b:1");
    const calls = stage.sink.calls.length;
    transport.asked.splice(0);
    await stage.clock.advance(60_000);
    expect(stage.sink.calls).toHaveLength(calls);
    expect(transport.asked.length).toBeLessThan(20);
  });

  it("row 8: one that leaves the list while it is asked is cut off at once", async () => {
    const { stage, transport, list } = await fleet(serving, "a:1", "b:1", "c:1");
    transport.listening.set("c:1", frozen);
    stage.poller.suspect({ host: "c", port: 1 });
    await stage.clock.advance(50);
    expect(transport.open.size).toBe(1);
    list.splice(0, 3, "a:1", "b:1");
    await stage.poll();
    expect(transport.open.size).toBe(0);
    transport.asked.splice(0);
    await stage.clock.advance(120_000);
    expect(transport.asked.filter((asked) => asked.startsWith("c"))).toEqual([]);
  });

  it("row 11: with all of them dead, and the list as well, the last set stays in use and becomes stale", async () => {
    const { stage, transport, list } = await fleet(serving, "a:1", "b:1");
    transport.listening.clear();
    list.splice(0);
    await stage.clock.advance(300_000);
    expect(stage.view).toBe("a:1 b:1 |");
    expect(stage.poller.status).toMatchObject({ state: "stale", error: { code: "EMPTY_METADATA" } });
    expect(stage.sink.calls.every(({ snapshot }) => snapshot.endpoints.length > 0)).toBe(true);
  });
});

import { expect, it } from "vitest";
import { allowHosts, askCandidates, clusterPin, DiscoveryError, fromSeeds, isDiscoveryError, toDiscoveryError } from "../src/index.js";
import { Listing } from "../src/listing.js";
import { ManualClock, settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { answer, ids, member } from "./support/scripted-source.js";
import { setup } from "./support/setup.js";

const never = new AbortController().signal;
const outcome = async (p: Promise<unknown>) => {
  let r: unknown = "pending";
  p.then((v) => { r = v; }, (e) => { r = `rejected ${e?.code ?? e}`; });
  await settle();
  return r;
};
it("1 return throws", async () => {
  const un: unknown[] = []; const c = (e: unknown) => void un.push(e);
  process.on("unhandledRejection", c);
  function* g() { try { yield "a"; yield "b"; } finally { throw new Error("cleanup"); } }
  const r = await outcome(askCandidates(g(), async (x) => x, { signal: never, clock: new ManualClock() }));
  process.off("unhandledRejection", c);
  console.log("1", r, un);
});
it("2 generator aborts", async () => {
  const un: unknown[] = []; const c = (e: unknown) => void un.push(String(e));
  process.on("uncaughtException", c);
  const ctl = new AbortController();
  function* g() { ctl.abort(); yield "a"; }
  const r = await outcome(askCandidates(g(), async (x) => x, { signal: ctl.signal, clock: new ManualClock() }));
  process.off("uncaughtException", c);
  console.log("2", r, un);
});
it("3 describe throws", async () => {
  const un: unknown[] = []; const c = (e: unknown) => void un.push(String(e));
  process.on("unhandledRejection", c);
  const r = await outcome(askCandidates([Object.create(null)], async () => { throw new Error("x"); }, { signal: never, clock: new ManualClock() }));
  process.off("unhandledRejection", c);
  console.log("3", r, un);
});
it("4 foreign + aborted", async () => {
  const codes = ["FOREIGN_CLUSTER", "ABORTED"] as const;
  console.log("4", await outcome(askCandidates(codes, async (code) => { throw new DiscoveryError(code, "x", { source: "t" }); }, { signal: never, clock: new ManualClock() })));
});
it("5 iterable whose Symbol.iterator throws", async () => {
  console.log("5", await outcome(askCandidates({ [Symbol.iterator]() { throw new RangeError("it"); } } as Iterable<string>, async () => 1, { signal: never, clock: new ManualClock() })));
});
it("6 toDiscoveryError", () => {
  const revoked = Proxy.revocable({}, {}); revoked.revoke();
  const hostile = [revoked.proxy, new Proxy({}, { has() { throw new Error("has"); } }), Object.assign(new Error("x"), { message: Symbol("m") }), Object.assign(new Error("x"), { message: Object.create(null) }), Object.create(null), { toString() { throw 1; } }];
  console.log("6", hostile.map((h) => { try { return toDiscoveryError(h, "s").code; } catch (e) { return `THROWS ${e}`; } }));
  console.log("6b", (() => { try { return isDiscoveryError(revoked.proxy); } catch (e) { return `THROWS ${e}`; } })());
});
it("7 one-shot sink", async () => {
  const { clock, poller, source } = setup(() => { throw new Error("x"); });
  const s = poller.subscribe(() => s[Symbol.dispose]());
  await clock.advance(1500);
  source.script = ["a"];
  await clock.advance(10000);
  console.log("7", poller.snapshot?.version, poller.status);
});
it("8 conflated back to the same set", async () => {
  const { clock, source, poller } = setup(["a", "b"]);
  const sink = new RecordingSink();
  const rel: (() => void)[] = [];
  sink.behaviour = () => new Promise<void>((r) => rel.push(r));
  poller.subscribe(sink);
  await clock.advance(0);
  for (const s of [["a", "b", "c"], ["a", "b"]]) { source.script = s; void poller.refresh(); await clock.advance(1000); }
  rel[0]?.(); await settle();
  console.log("8", sink.calls.map(({ snapshot, diff }) => [snapshot.version, ids(snapshot.endpoints), JSON.stringify(diff)]));
});
it("9 inherited attributes", async () => {
  const { clock, source, poller } = setup(() => ({ endpoints: [{ id: "a", host: "a", port: 1, attributes: Object.create({ zone: "x" }) }] }));
  poller.subscribe(() => undefined);
  await clock.advance(100_000);
  console.log("9", source.starts.length, poller.snapshot?.version);
});
it("10 mapEndpoint throws unprintable; getter id throws", async () => {
  const { clock, poller } = setup(["a", "b"], { mapEndpoint: (e) => { if (e.id === "a") throw Object.create(null); return e; } });
  poller.subscribe(() => undefined);
  await clock.advance(0);
  console.log("10", ids(poller.snapshot?.endpoints), poller.status.error?.message);
  const l = new Listing([]);
  try { console.log("10b", l.read([{ get id(): string { throw new Error("g"); }, host: "x", port: 1 }, member("b")], undefined, () => undefined).endpoints); } catch (e) { console.log("10b THROWS", String(e)); }
});
it("11 select disposes", async () => {
  const { clock, poller } = setup(["a", "b"]);
  poller.subscribe(() => undefined);
  const calls: number[] = [];
  const s = poller.subscribe(() => void calls.push(1), { select: (e) => { s[Symbol.dispose](); return e; } });
  await clock.advance(0);
  console.log("11 calls after dispose", calls.length);
});
it("12 fetch resubscribes synchronously", async () => {
  const { clock, source, poller } = setup(["a"]);
  let s = poller.subscribe(() => undefined);
  source.script = ({ signal }) => {
    if (source.starts.length < 4) { s[Symbol.dispose](); s = poller.subscribe(() => undefined); }
    return new Promise((res, rej) => { clock.setTimeout(() => res(answer("a")), 1500); signal.addEventListener("abort", () => rej(signal.reason)); });
  };
  await clock.advance(20_000);
  console.log("12", source.maxAlive, source.starts, source.ends);
});
it("13 guard closes / unsubscribes", async () => {
  const { clock, source, poller } = setup(["a", "b"], { guard: () => { void poller.close(); return true; } });
  poller.subscribe(() => undefined);
  await clock.advance(0);
  source.script = ["a"]; void poller.refresh(); await clock.advance(1000);
  console.log("13", poller.status.state, poller.snapshot?.version);
});
it("14 allowHosts", () => {
  const t = (f: () => unknown) => { try { return f(); } catch (e) { return `THROWS ${e}`; } };
  const e = (host: string) => ({ id: "a", host, port: 1 });
  console.log("14", t(() => allowHosts({ suffixes: [""] })(e("evil."))), t(() => allowHosts({ suffixes: [""] })(e("evil"))), t(() => allowHosts({ suffixes: ["example.com"] })(e("a.example.com."))),
    t(() => allowHosts({ cidrs: ["fe80::/10"] })(e("fe80::1%eth0"))), t(() => allowHosts({ cidrs: ["10.0.0.0/8/9"] })(e("10.1.1.1"))), t(() => allowHosts({ suffixes: "x.com" as never })), t(() => allowHosts({ suffixes: [5] as never })), t(() => allowHosts({ cidrs: ["10.0.0.0/8"] })(e("::ffff:10.1.1.1"))), t(() => allowHosts({ cidrs: [5] as never })));
});
it("15 fromSeeds", async () => {
  const t = (f: () => unknown) => { try { return f(); } catch (e) { return `THROWS ${e}`; } };
  console.log("15", t(() => fromSeeds(["a b:80", "x/y:80"]).key), t(() => [...fromSeeds(["a:1"]).endpoints(["a:1", "bad"])]));
});
it("16 pin stuck after two strangers", () => {
  const clock = new ManualClock();
  const pin = clusterPin({ clock, staleAfterMs: 1000 });
  pin.check("old");
  const r: string[] = [];
  const check = (id: string) => { try { pin.check(id); r.push(`ok ${pin.id}`); } catch { r.push("refused"); } };
  check("rogue");
  return (async () => { for (let i = 0; i < 20; i++) { await clock.advance(1000); check("new"); } console.log("16", r.join()); })();
});
it("17 unstarted iterator after close", async () => {
  const { poller } = setup(["a"]);
  const it1 = poller[Symbol.asyncIterator]();
  await poller.close();
  console.log("17", await outcome(it1.next()), await outcome(it1.next()));
});
it("18 held between outage and success: stays in step", async () => { expect(1).toBe(1); });

import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { DiscoveryError, type Snapshot, type Status } from "../src/index.js";
import { inspectAsJson, reportOf } from "../src/poller-report.js";
import { isSilent } from "./support/probing-source.js";
import { member } from "./support/scripted-source.js";
import { scene } from "./support/who-serves.js";

const secret = "hunter2";
const silent: Status["aside"][number] = { id: "b", reason: "silent", since: 7, error: new Error(`no answer to ${secret}`) };
const snapshot: Snapshot = {
  version: 3,
  endpoints: [member("a")],
  aside: [member("b"), member("c")],
  metadata: { password: secret },
  changedAt: 5,
};
const down: Status["aside"][number] = { id: "c", reason: "reported", since: 8 };
const status: Status = { state: "fresh", failures: 0, held: 0, aside: [silent, down] };

describe("the report of a poller", () => {
  it("says what is asked, how it goes, what is believed, and who is aside: where, why and since when", () => {
    expect(reportOf("k", { snapshot, status }, 12)).toEqual({
      key: "k",
      state: "fresh",
      version: 3,
      ageMs: 12,
      endpoints: [member("a")],
      aside: [
        { id: "b", host: "b.test", port: 2379, reason: "silent", since: 7 },
        { id: "c", host: "c.test", port: 2379, reason: "reported", since: 8 },
      ],
      failures: 0,
      held: 0,
      lastError: undefined,
    });
  });

  it("begins with a poller that knows nobody yet", () => {
    const pending: Status = { state: "pending", failures: 0, held: 0, aside: [] };
    const report = JSON.parse(JSON.stringify(reportOf("k", { snapshot: undefined, status: pending }, undefined)));
    expect(report).toEqual({ key: "k", state: "pending", aside: [], failures: 0, held: 0 });
  });

  it("names who is aside although the snapshot does not list it any more", () => {
    const report = reportOf("k", { snapshot: { ...snapshot, aside: [] }, status }, 0);
    expect(report).toMatchObject({
      aside: [
        { id: "b", reason: "silent", since: 7 },
        { id: "c", reason: "reported", since: 8 },
      ],
    });
  });

  it("tells the last error by its message, and neither causes nor metadata, which may hold secrets", () => {
    const error = new DiscoveryError("UNAVAILABLE", "refused", { source: "etcd", cause: new Error(secret) });
    const report = reportOf("k", { snapshot, status: { ...status, error, failures: 2, held: 1 } }, 12);
    expect(report).toMatchObject({ lastError: "[etcd] [UNAVAILABLE] refused", failures: 2, held: 1 });
    expect(inspect(report, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(report)).not.toContain(secret);
  });

  it("is what JSON.stringify and inspect show of a poller whose member is frozen", async () => {
    const { clock, source, poller, suspect } = await frozen();
    suspect();
    await clock.advance(200);
    expect(source.probes.length).toBeGreaterThan(0);
    const aside = [{ ...member("c"), reason: "silent", since: expect.any(Number) }];
    const shown = { key: "scripted", state: "fresh", version: 2, endpoints: [member("a"), member("b")], aside };
    expect(JSON.parse(JSON.stringify({ poller }))).toMatchObject({ poller: shown });
    expect(inspect({ poller }, { depth: 5, breakLength: 200 })).toMatch(/poller: MetadataPoller \{.*host: 'c\.test'.*reason: 'silent'/s);
    await poller.close();
  });
});

async function frozen() {
  const { clock, source, poller } = await scene("a b c");
  source.serves.set("c", isSilent);
  return { clock, source, poller, suspect: (): void => poller.suspect(member("c")) };
}

describe("inspectAsJson", () => {
  class Shown {
    readonly hidden = secret;
    toJSON(): unknown {
      return { deep: { deeper: { deepest: { bottom: 1 } } } };
    }
    static {
      inspectAsJson(Shown);
    }
  }

  it("shows a class by its name and its toJSON, and nothing else of it", () => {
    expect(inspect(new Shown(), { depth: 9, compact: 9 })).toBe("Shown { deep: { deeper: { deepest: { bottom: 1 } } } }");
  });

  it("obeys the options that inspect was given", () => {
    expect(inspect(new Shown(), { depth: 0 })).toBe("Shown { deep: [Object] }");
    expect(inspect(new Shown(), { colors: true, depth: 9 })).toContain("\u001b[33m1\u001b[39m");
  });

  it("adds nothing that a loop over the object would see", () => {
    const shown = Object.getOwnPropertyDescriptor(Shown.prototype, inspect.custom);
    expect([shown?.enumerable, Object.keys(Shown.prototype)]).toEqual([false, []]);
  });
});

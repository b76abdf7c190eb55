import { DiscoveryError } from "@rollcall/core";
import { settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { type Behaviour, refuses, silent } from "./support/fake-transport.js";
import { memberList } from "./support/member-list.js";
import { knownAt } from "./support/source-harness.js";
import { cluster, type Polled, polled } from "./support/watched-harness.js";

const noLeader: Behaviour = refuses(14, "etcdserver: no leader");

const open = ({ transport }: Polled): readonly string[] => transport.open.map(({ url }) => url);

describe("the connection to whoever answered last", () => {
  it("is reused by the next poll, which asks that member first", async () => {
    const { transport, fetch } = await polled();
    await fetch({ known: knownAt("b", "a") });
    await fetch({ known: knownAt("b", "a") });
    expect(transport.calls.map(({ url }) => url)).toEqual(["http://a:1", "http://a:1", "http://a:1"]);
    expect(transport.connections.filter(({ url }) => url === "http://a:1")).toHaveLength(1);
  });

  it("is replaced, and closed, when another member answers instead", async () => {
    const state = await polled();
    const { transport, fetch } = state;
    transport.members.set("http://a:1", noLeader);
    await fetch();
    expect(open(state)).not.toContain("http://a:1");
    transport.members.set("http://a:1", cluster("1"));
    await fetch();
    expect(transport.calls.at(-1)?.url).toBe("http://b:1");
  });

  it("is kept when a round fails, for lack of a better one", async () => {
    const state = await polled();
    for (const url of state.transport.members.keys()) state.transport.members.set(url, noLeader);
    await expect(state.fetch()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(open(state)).toEqual(["http://a:1", "http://b:1"]);
  });

  it("is let go when a round runs out of time, so that silent members do not use up the next one as well", async () => {
    const state = await polled();
    for (const url of ["http://a:1", "http://b:1"]) state.transport.members.set(url, silent);
    const round = new AbortController();
    const outcome = state.fetch({ signal: round.signal });
    await settle();
    round.abort(new DiscoveryError("TIMEOUT", "no answer within 400 ms", { source: "test" }));
    await expect(outcome).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(open(state)).toEqual([]);
    // Nobody is asked first any more: here the one that lives comes up by the dice.
    state.transport.members.set("http://c:1", cluster("3"));
    await state.fetch({ known: knownAt("c", "b", "a") });
    expect(state.transport.calls.at(-1)?.url).toBe("http://c:1");
  });

  it("asks for a poll, once, when it is lost while polling, and is dropped", async () => {
    const state = await polled();
    const [held] = state.transport.connections;
    held?.lose();
    expect(state.changed).toBe(1);
    expect(open(state)).toEqual(["http://b:1"]);
    held?.lose();
    expect(state.changed).toBe(1);
  });

  it("asks for nothing when it was replaced before it was lost", async () => {
    const state = await polled();
    const [first] = state.transport.connections;
    state.transport.members.set("http://a:1", noLeader);
    await state.fetch();
    if (first !== undefined) first.closed = false;
    first?.lose();
    expect(state.changed).toBe(0);
    expect(open(state)).toContain("http://b:1");
  });

  it("is let go when its member answers that it is no endpoint", async () => {
    const state = await polled();
    const learner = memberList([
      { id: "1", urls: ["http://a:1"], learner: true },
      { id: "2", urls: ["http://b:1"] },
    ]);
    state.transport.members.set("http://a:1", () => learner);
    await state.fetch();
    expect(open(state)).toEqual([]);
  });

  it("is not kept by an answer that comes after polling stopped or the source closed", async () => {
    const stopped = await polled();
    stopped.stop();
    await stopped.fetch();
    await settle();
    expect(open(stopped)).toEqual([]);
    const closed = await polled();
    await closed.source.close?.();
    await closed.fetch();
    await settle();
    expect(open(closed)).toEqual([]);
  });
});

describe("held connections", () => {
  it("are closed when polling stops, and made anew when it begins again", async () => {
    const state = await polled();
    state.stop();
    expect(open(state)).toEqual([]);
    state.source.watch?.({ signal: new AbortController().signal, changed: () => undefined });
    await state.fetch();
    await settle();
    expect(open(state)).toHaveLength(2);
    expect(state.changed).toBe(0);
  });

  it("are closed with the source, however often that is closed", async () => {
    const state = await polled();
    await state.source.close?.();
    await state.source.close?.();
    expect(open(state)).toEqual([]);
  });

  it("are both let go when a third member answers, because both were asked in vain", async () => {
    const state = await polled();
    state.transport.members.set("http://a:1", noLeader).set("http://b:1", noLeader);
    await state.fetch({ known: knownAt("c") });
    expect(open(state)[0]).toBe("http://c:1");
    expect(state.transport.connections.slice(0, 2).map(({ closed }) => closed)).toEqual([true, true]);
  });
});

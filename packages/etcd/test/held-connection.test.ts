import { describe, expect, it } from "vitest";
import { refuses } from "./support/fake-transport.js";
import { votersAt } from "./support/member-list.js";
import { type Harness, harness, knownAt } from "./support/source-harness.js";

const list = votersAt("http://a:1", "http://b:1");

/** A source that is being polled and has asked `a` once; `b` would answer too. */
async function polled(): Promise<Harness & { changed: number; stop: () => void }> {
  const setup = harness({ seeds: ["a:1", "b:1"] });
  setup.transport.members.set("http://a:1", () => list).set("http://b:1", () => list);
  const controller = new AbortController();
  const result = { ...setup, changed: 0, stop: () => controller.abort() };
  setup.source.watch?.({ signal: controller.signal, changed: () => (result.changed += 1) });
  await setup.fetch();
  return result;
}

describe("the connection to whoever answered last", () => {
  it("is reused by the next poll, which asks that member first", async () => {
    const { transport, fetch } = await polled();
    await fetch({ known: knownAt("b", "a") });
    await fetch({ known: knownAt("b", "a") });
    expect(transport.calls.map(({ url }) => url)).toEqual(["http://a:1", "http://a:1", "http://a:1"]);
    expect(transport.connections).toHaveLength(1);
  });

  it("is replaced, and closed, when another member answers instead", async () => {
    const { transport, fetch } = await polled();
    transport.members.set("http://a:1", refuses(14, "etcdserver: no leader"));
    await fetch();
    expect(transport.open.map(({ url }) => url)).toEqual(["http://b:1"]);
    transport.members.set("http://a:1", () => list);
    await fetch();
    expect(transport.calls.at(-1)?.url).toBe("http://b:1");
  });

  it("is kept when a round fails, for lack of a better one", async () => {
    const { transport, fetch } = await polled();
    transport.members.set("http://a:1", refuses(14, "etcdserver: no leader")).set("http://b:1", refuses(14, "etcdserver: no leader"));
    await expect(fetch()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(transport.open.map(({ url }) => url)).toEqual(["http://a:1"]);
  });

  it("asks for a poll, once, when it is lost while polling, and is dropped", async () => {
    const state = await polled();
    const [held] = state.transport.connections;
    held?.lose();
    expect(state.changed).toBe(1);
    expect(state.transport.open).toEqual([]);
    held?.lose();
    expect(state.changed).toBe(1);
  });

  it("asks for nothing when it was replaced before it was lost", async () => {
    const state = await polled();
    const [first] = state.transport.connections;
    state.transport.members.set("http://a:1", refuses(14, "etcdserver: no leader"));
    await state.fetch();
    if (first !== undefined) first.closed = false;
    first?.lose();
    expect(state.changed).toBe(0);
    expect(state.transport.open.map(({ url }) => url)).toContain("http://b:1");
  });

  it("is closed when polling stops, and made anew when it begins again", async () => {
    const { source, transport, fetch, stop } = await polled();
    stop();
    expect(transport.open).toEqual([]);
    source.watch?.({ signal: new AbortController().signal, changed: () => undefined });
    await fetch();
    expect(transport.open).toHaveLength(1);
  });

  it("is not kept by an answer that comes after polling stopped or the source closed", async () => {
    const stopped = await polled();
    stopped.stop();
    await stopped.fetch();
    expect(stopped.transport.open).toEqual([]);
    const closed = await polled();
    await closed.source.close?.();
    await closed.fetch();
    expect(closed.transport.open).toEqual([]);
  });

  it("is closed with the source, however often that is closed", async () => {
    const { source, transport } = await polled();
    await source.close?.();
    await source.close?.();
    expect(transport.open).toEqual([]);
  });
});

import { settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { answering, broker, context, FakeCluster } from "./support/fake-cluster.js";
import { known, list, roundOf } from "./support/rounds.js";

const foreign = answering(() => ({ clusterId: "theirs", brokers: [broker(1)] }));
const b1 = broker(1);
const s1 = broker(101, { host: "s1" });

describe("which cluster a round believes", () => {
  it("row 7: the first that answers; another one is refused and the next broker asked", async () => {
    const cluster = new FakeCluster(b1);
    const round = roundOf(cluster, { seeds: ["s1"] });
    await round.ask(list, context({ known: known(b1) }));
    cluster.at(b1, foreign);
    await expect(round.ask(list, context({ known: known(b1) }))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    cluster.start(s1);
    expect((await round.ask(list, context({ known: known(b1) }))).from.host).toBe("s1");
  });

  it("row 7: the one of a restored answer, although a foreign one answers first", async () => {
    const cluster = new FakeCluster();
    cluster.at(s1, foreign);
    const previous = { clusterId: "ours", brokers: [b1] };
    await expect(roundOf(cluster, { seeds: ["s1"] }).ask(list, context({ previous }))).rejects.toMatchObject({ code: "FOREIGN_CLUSTER" });
  });

  it("row 7: never one whose answer came when nobody waited for it any more", async () => {
    const cluster = new FakeCluster(s1);
    const round = roundOf(cluster, { seeds: ["s1"] });
    const poll = new AbortController();
    let say: (answer: { clusterId: string }) => void = () => undefined;
    const deaf = (): Promise<{ clusterId: string }> => new Promise((resolve) => (say = resolve));
    const aborted = round.ask(deaf, context({ signal: poll.signal })).catch((error: unknown) => error);
    await settle();
    poll.abort();
    await aborted;
    say({ clusterId: "theirs" });
    await settle();
    expect((await round.ask(list, context())).answer.clusterId).toBe("ours");
  });

  it("row 7: an unknown id is no mismatch, unless clusterId is given", async () => {
    const cluster = new FakeCluster(s1);
    const nameless = async (): Promise<{ clusterId: undefined }> => ({ clusterId: undefined });
    const round = roundOf(cluster, { seeds: ["s1"] });
    await round.ask(list, context());
    await round.ask(nameless, context());
    await expect(roundOf(cluster, { seeds: ["s1"], clusterId: "ours" }).ask(nameless, context())).rejects.toMatchObject({
      code: "FOREIGN_CLUSTER",
      message: expect.stringContaining("the answer carries no cluster id, but clusterId is given"),
    });
  });
});

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished } from "vitest";
import { broker, NameserverWorld } from "./support/nameserver-world.js";
import { polledBrokers, polledRoutes } from "./support/world-stage.js";

/** What is said on the channel `rollcall:rejected` until the test ends. */
function rejections(): readonly unknown[] {
  const said: unknown[] = [];
  const hear = (message: unknown): void => void said.push(message);
  subscribe("rollcall:rejected", hear);
  onTestFinished(() => void unsubscribe("rollcall:rejected", hear));
  return said;
}

describe("what cannot be used of an answer", () => {
  it("is reported: a broker that registered without a port fails none of the others", async () => {
    const said = rejections();
    const world = new NameserverWorld(["n1"], [broker("good"), broker("bad", { address: "bad\n" })]);
    const stage = await polledBrokers(world, { nameservers: ["n1"] });
    expect(stage.view).toBe("good:10911");
    expect(said).toEqual([{ source: "rocketmq-brokers:n1:9876", entry: "broker bad, 0 at bad", reason: "its address is no host:port" }]);
  });

  it("is reported: a topic whose answer is no route", async () => {
    const said = rejections();
    const world = new NameserverWorld(["n1"], [broker("b1")]);
    const server = world.at("n1");
    server.script = (request) => (request.fields?.["topic"] === "u" ? { body: Buffer.from("[]") } : server.say(request));
    await polledRoutes(world, { nameservers: ["n1"], topics: ["t", "u"] });
    expect(said).toEqual([
      {
        source: "rocketmq-routes:n1:9876:t,u",
        entry: "the route of u",
        reason: expect.stringContaining("[MALFORMED_RESPONSE] the body is no object"),
      },
    ]);
  });
});

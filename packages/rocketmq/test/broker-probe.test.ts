import { isDiscoveryError } from "@rollcall/core";
import { settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { brokerProbe } from "../src/broker-probe.js";
import { rocketmqBrokersSource } from "../src/rocketmq-brokers-source.js";
import { rocketmqTopicRouteSource } from "../src/rocketmq-topic-route-source.js";
import { broker, frozen, NameserverWorld, WorldNameserver, type WorldScript } from "./support/nameserver-world.js";
import { polledBrokers } from "./support/world-stage.js";

/** Puts brokers at these addresses that answer like this. */
function serve(world: NameserverWorld, script: WorldScript, ...addresses: readonly string[]): void {
  for (const address of addresses) {
    const server = new WorldNameserver([]);
    server.script = script;
    world.listening.set(address, server);
  }
}

describe("row 15: a broker that hangs", () => {
  it("row 15: is set aside while nameservers list it, and comes back", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b1"), broker("b2")]);
    const answers: WorldScript = ({ code }) => ({ code: code === 28 ? 0 : 3 });
    serve(world, answers, "b1:10911", "b2:10911");
    const stage = await polledBrokers(world, { nameservers: ["n1", "n2"], probeBrokers: true }, { probe: {} });
    serve(world, frozen, "b1:10911");
    await world.clock.advance(40_000);
    expect(stage.view).toBe("b2:10911");
    expect(stage.metadata.brokers).toHaveLength(2);
    serve(world, answers, "b1:10911");
    await world.clock.advance(10_000);
    expect(stage.view).toBe("b1:10911 b2:10911");
  });

  it("row 15: is nothing that a source asks about without the option", () => {
    const world = new NameserverWorld(["n1"], []);
    for (const source of [
      rocketmqBrokersSource({ nameservers: ["n1"] }, world.context),
      rocketmqTopicRouteSource({ nameservers: ["n1"], topics: ["t"] }, world.context),
    ]) {
      expect("probe" in source).toBe(false);
      expect("probeEveryMs" in source).toBe(false);
    }
    const asks = rocketmqTopicRouteSource({ nameservers: ["n1"], topics: ["t"], probeBrokers: true }, world.context);
    expect(asks.probeEveryMs).toBe(30_000);
  });
});

describe("the probe of a broker", () => {
  const endpoint = { id: "b1:10911", host: "b1", port: 10911 };

  it.each([0, 1, 3, 16])("resolves for an answer of code %i, and leaves no connection", async (code) => {
    const world = new NameserverWorld([], []);
    serve(world, () => ({ code }), "b1:10911");
    await brokerProbe(world).probe(endpoint, { signal: new AbortController().signal });
    expect(world.open.size).toBe(0);
  });

  it("rejects where nobody listens, naming the broker", async () => {
    const probed = brokerProbe(new NameserverWorld([], [])).probe(endpoint, { signal: new AbortController().signal });
    const error: unknown = await probed.catch((thrown: unknown) => thrown);
    expect(isDiscoveryError(error) && error.message).toMatch(
      /^\[rocketmq\] \[UNAVAILABLE\] broker b1:10911 does not answer: .*ECONNREFUSED/,
    );
  });

  it("ends with its signal, whose reason it rejects with, and leaves no connection", async () => {
    const world = new NameserverWorld([], []);
    serve(world, frozen, "b1:10911");
    const stop = new AbortController();
    const probed = brokerProbe(world).probe(endpoint, { signal: stop.signal });
    await settle();
    expect(world.open.size).toBe(1);
    stop.abort("enough");
    await expect(probed).rejects.toBe("enough");
    expect(world.open.size).toBe(0);
  });
});

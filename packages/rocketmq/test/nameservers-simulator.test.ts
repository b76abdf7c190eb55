import { describe, expect, it } from "vitest";
import { remotingTransport } from "../src/remoting-transport.js";
import { at, simulator } from "./simulator-support.js";
import { nameservers } from "./support/nameserver-stage.js";

/** Asks one address once whether a nameserver serves there, at most for so long. */
function probe(address: string, signal: AbortSignal = new AbortController().signal): Promise<void> | undefined {
  const [host = "", port] = address.split(":");
  return nameservers({ seeds: [address] }, {}, { transport: remotingTransport({}) }).probe?.(
    { id: address, host, port: Number(port) },
    { signal },
  );
}

describe("probing a simulated nameserver", () => {
  it("row 6: resolves when it serves, brokers or none, and leaves no connection", async () => {
    const cluster = await simulator({ nameservers: 1, brokers: 1 });
    const nameserver = at(cluster.nameservers, 0);
    await probe(nameserver.address);
    cluster.forget(nameserver);
    await probe(nameserver.address);
    await expect.poll(() => cluster.connections).toBe(0);
  });

  it("row 6: rejects while it waits for brokers, though it answers 106 as if all were well", async () => {
    const cluster = await simulator({ nameservers: 0, brokers: 0 });
    const { address } = await cluster.addNameserver({ waitMs: 60_000 });
    await expect(probe(address)).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("not ready") });
  });

  it("rejects at a broker's port, and says so", async () => {
    const cluster = await simulator({ nameservers: 1, brokers: 1 });
    await expect(probe(at(cluster.brokers, 0).address)).rejects.toThrow("a broker's or proxy's port, not a nameserver's");
  });

  it("row 6: of one that is frozen ends with the signal, and so does its connection", async () => {
    const cluster = await simulator({ nameservers: 1, brokers: 0 });
    const nameserver = at(cluster.nameservers, 0);
    await cluster.freeze(nameserver);
    const patience = new AbortController();
    const probed = probe(nameserver.address, patience.signal)?.catch((error: unknown) => error);
    await expect.poll(() => cluster.connectionsOf(nameserver)).toBe(1);
    patience.abort(new Error("silent"));
    expect(await probed).toEqual(new Error("silent"));
    await cluster.thaw(nameserver);
    await expect.poll(() => cluster.connectionsOf(nameserver)).toBe(0);
  });
});

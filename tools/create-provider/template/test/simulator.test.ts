import { MetadataPoller, type Snapshot } from "@rollcall/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AcmeDbMetadata, acmeDbMembers } from "../src/index.js";
import { type AcmeDbSimulator, type AcmeDbSimulatorMember, startAcmeDbSimulator } from "../src/simulator/index.js";

let cluster: AcmeDbSimulator;
let poller: MetadataPoller<AcmeDbMetadata>;

beforeEach(async () => {
  cluster = await startAcmeDbSimulator();
  const seeds = cluster.members.map(({ address }) => address);
  poller = new MetadataPoller(acmeDbMembers({ seeds }), { intervalMs: 50, minIntervalMs: 10 });
});

afterEach(async () => {
  await poller.close();
  await cluster[Symbol.asyncDispose]();
});

/** Resolves with the first set that this is true of. */
async function until(holds: (snapshot: Snapshot<AcmeDbMetadata>) => boolean): Promise<Snapshot<AcmeDbMetadata>> {
  for await (const snapshot of poller) if (holds(snapshot)) return snapshot;
  throw new Error("the poller was closed");
}

function member(id: string): AcmeDbSimulatorMember {
  const found = cluster.members.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no member ${id}`);
  return found;
}

function ids({ endpoints }: Snapshot): string {
  return endpoints.map(({ id }) => id).join(" ");
}

it("a poller follows members that come and go", async () => {
  expect(ids(await poller.ready())).toBe("m1 m2 m3");
  await cluster.grow();
  await until((snapshot) => ids(snapshot) === "m1 m2 m3 m4");
  await cluster.remove(member("m1"));
  await until((snapshot) => ids(snapshot) === "m2 m3 m4");
});

it("a poller follows a member that moves, under the same id", async () => {
  const before = (await poller.ready()).endpoints[0];
  await cluster.move(member("m1"));
  const moved = await until(({ endpoints }) => endpoints[0]?.port !== before?.port);
  expect(moved.endpoints[0]).toMatchObject({ id: "m1", port: member("m1").port });
});

it("a member that is frozen is set aside when a client suspects it, and used again when it thaws", async () => {
  await poller.ready();
  cluster.freeze(member("m2"));
  const aside = until((snapshot) => ids(snapshot) === "m1 m3");
  poller.suspect(member("m2"));
  expect((await aside).aside.map(({ id }) => id)).toEqual(["m2"]);
  cluster.thaw(member("m2"));
  await until((snapshot) => ids(snapshot) === "m1 m2 m3");
});

it("a member that was killed can be started where it was", async () => {
  const [{ address = "" } = {}] = cluster.members;
  await cluster.kill(member("m1"));
  const orphan = new MetadataPoller(acmeDbMembers({ seeds: [address] }), { minIntervalMs: 10 });
  await expect(orphan.refresh()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await cluster.start(member("m1"));
  expect(member("m1").address).toBe(address);
  expect(ids(await orphan.ready())).toBe("m1 m2 m3");
  await orphan.close();
});

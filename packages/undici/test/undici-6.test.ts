import type { Dispatcher } from "undici";
import { describe, expect, it, vi } from "vitest";
import { sceneOfEachTest } from "./support/scene.js";
import { callersOf, type Undici } from "./support/undici.js";
import { everyRow } from "./support/versions.js";

vi.mock("undici", () => import("undici-6"));
const undici = (await import("undici-6")) as unknown as Undici;

/** The fetch of Node 26 brings handlers that undici 6 does not know. */
const newHandlers = Number(process.versions["undici"]?.split(".")[0]) >= 8;

describe("undici 6", () => {
  everyRow(
    undici,
    callersOf(undici).filter(({ name }) => !newHandlers || name !== "the global fetch"),
  );

  const scene = sceneOfEachTest();

  it("says what to do to a caller that has the handlers of undici 8", () => {
    const errors: unknown[] = [];
    const handler = { onRequestStart: () => undefined, onResponseError: (_: unknown, error: Error) => void errors.push(error) };
    scene()
      .dispatcher()
      .dispatch({ origin: "http://orders.cluster", path: "/", method: "GET" }, handler as Dispatcher.DispatchHandler);
    expect(errors).toEqual([expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining("Install undici 7") })]);
  });

  it.runIf(newHandlers)("says so to the global fetch", async () => {
    const asked = fetch("http://orders.cluster/", { dispatcher: scene().dispatcher() } as object);
    await expect(asked).rejects.toMatchObject({ cause: { code: "INVALID_OPTIONS" } });
  });
});

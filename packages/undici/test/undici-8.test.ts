import { describe, vi } from "vitest";
import { callersOf, type Undici } from "./support/undici.js";
import { everyRow } from "./support/versions.js";

/** undici 8 does not load on Node 20. */
const loads = vi.hoisted(() => Number(process.versions.node.split(".")[0]) >= 22);
vi.mock("undici", () => (loads ? import("undici-8") : import("undici-6")));
const undici = (await import("undici")) as Undici;

describe.skipIf(!loads)("undici 8", () => everyRow(undici, callersOf(undici)));

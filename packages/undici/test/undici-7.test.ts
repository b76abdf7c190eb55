import * as undici from "undici";
import { describe } from "vitest";
import { callersOf } from "./support/undici.js";
import { everyRow } from "./support/versions.js";

describe("undici 7", () => everyRow(undici, callersOf(undici)));

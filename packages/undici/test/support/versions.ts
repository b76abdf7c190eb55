import { describe } from "vitest";
import { composingRows } from "./composing-rows.js";
import { failureRows } from "./failure-rows.js";
import { lifecycleRows } from "./lifecycle-rows.js";
import { queueRows } from "./queue-rows.js";
import { routingRows } from "./routing-rows.js";
import { tlsRows } from "./tls-rows.js";
import type { Caller, Undici } from "./undici.js";

/** What holds for one version of undici and every caller. Whoever calls this has put that version in the place of `undici`. */
export function everyRow(undici: Undici, callers: readonly Caller[]): void {
  describe.each(callers)("$name", (caller) => {
    routingRows(caller);
    failureRows(caller);
    queueRows(caller);
    lifecycleRows(caller);
    tlsRows(caller);
  });
  describe("what undici has besides", () => composingRows(undici));
}

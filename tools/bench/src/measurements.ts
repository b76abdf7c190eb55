import { fanOut } from "./fan-out.js";
import type { Figure } from "./figure.js";
import { garbage } from "./garbage.js";
import { herd } from "./herd.js";
import { hint } from "./hint.js";
import { memory } from "./memory.js";
import { oneChange, unchangedPoll } from "./poll-cost.js";
import type { Scale } from "./scale.js";
import { size } from "./size.js";
import { snapshotRead } from "./snapshot-read.js";
import { verdicts } from "./verdict.js";

/** One thing that is measured, in a process of its own. */
export type Measurement = (scale: Scale) => Promise<readonly Figure[]>;

/** Every measurement by its name on the command line, in the order of the table. */
export const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  "unchanged-poll": unchangedPoll,
  garbage,
  "one-change": oneChange,
  "snapshot-read": snapshotRead,
  "fan-out": fanOut,
  memory,
  herd,
  hint,
  verdicts,
  size,
};

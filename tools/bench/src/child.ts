import { MEASUREMENTS } from "./measurements.js";
import { FULL } from "./scale.js";

// One measurement in a process of its own: what the compiler learned from another would change its figures.

const name = process.argv[2] ?? "";
const measure = MEASUREMENTS[name];
if (measure === undefined) throw new Error(`no measurement is called ${name}`);
process.send?.(await measure(FULL));

import { writeFileSync } from "node:fs";
import { runCell } from "./cell.js";
import { cellName, SETS } from "./matrix-cells.js";
import { PROOFS } from "./proofs.js";
import { reportOf, type Trial } from "./trial.js";

// One cell of the matrix or one proof, in a process of its own: `node task.js <name> <suite> <report> <node>`. What goes wrong is printed
// in full, and counted in the report.

const [name = "", suite = "", report = "", node = ""] = process.argv.slice(2);
const notes: string[] = [];
const trials = await tried();
for (const { title, problem } of trials) process.stdout.write(problem === undefined ? `${title}\n` : `FAILED: ${title}\n${problem}\n`);
writeFileSync(report, JSON.stringify(reportOf(suite, trials, notes)));

async function tried(): Promise<readonly Trial[]> {
  const cell = SETS.all.find((one) => cellName(one) === name);
  try {
    if (cell) return runCell(cell, node, (line) => void notes.push(line));
    const proof = PROOFS[name];
    if (proof === undefined) throw new Error("no cell and no proof has this name");
    notes.push(await proof());
    return [{ title: name }];
  } catch (error) {
    return [{ title: name, problem: error instanceof Error ? error.message : String(error) }];
  }
}

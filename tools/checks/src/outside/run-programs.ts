import { fileURLToPath } from "node:url";
import type { OutsideProject } from "./project.js";

/**
 * Runs programs of a project there, while the stage of the READMEs stands for the clusters that they name.
 *
 * @param stage - the path of its module: it runs on the packages that are found from where it is
 * @param programs - their paths in the project
 * @returns for each what went wrong, or `undefined`
 * @throws Error if the stage does not start, or if not every program was run
 */
export function runPrograms(project: OutsideProject, stage: string, programs: readonly string[]): readonly (string | undefined)[] {
  const runner = fileURLToPath(new URL("block-runner.js", import.meta.url));
  const problems = JSON.parse(project.run("node", [runner, stage, ...programs])) as readonly (string | null)[];
  if (problems.length !== programs.length) throw new Error(`of ${programs.length} programs ${problems.length} were run`);
  return problems.map((problem) => problem ?? undefined);
}

// Outlives the process that started a cluster by as long as it takes to end what that process started. Standard input is the
// life line: it closes however the owner ends, SIGKILL included. Lines: `+PID` a process to end, `-PID` it ended by itself,
// `=PATH` a directory to remove.
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";

const pids = new Set();
const directories = new Set();

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const rest = line.slice(1);
    if (line.startsWith("+")) pids.add(Number(rest));
    else if (line.startsWith("-")) pids.delete(Number(rest));
    else directories.add(rest);
  })
  .on("close", () => {
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Gone already.
      }
    }
    // A process that is still dying may write once more: try again rather than leave half of it.
    for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });

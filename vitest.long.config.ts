import { mergeConfig } from "vitest/config";
import common from "./vitest.config.js";

// What takes too long for every run: many seeds, many repeats.
export default mergeConfig(
  { ...common, test: { environment: "node" } },
  { test: { include: ["packages/*/test/**/*.long.test.ts", "tools/*/test/**/*.long.test.ts"], maxWorkers: 1 } },
);

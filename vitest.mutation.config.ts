import { defineConfig } from "vitest/config";

// What mutants of core are tried against: the units that need no process of their own, no thousand seeds and no hours of simulated outage.
export default defineConfig({
  ssr: { resolve: { conditions: ["@rollcall/source", "node"] } },
  test: {
    include: ["packages/core/test/*.test.ts"],
    exclude: ["process-exit", "killed-process", "snapshot-file-access", "model*", "churn*", "who-serves-{blip,outage,scale}"].map(
      (name) => `packages/core/test/${name}.test.ts`,
    ),
  },
});

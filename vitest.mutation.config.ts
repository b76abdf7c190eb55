import { defineConfig } from "vitest/config";

// What mutants of core are tried against: the units that need no process of their own and no thousand seeds.
export default defineConfig({
  ssr: { resolve: { conditions: ["@rollcall/source", "node"] } },
  test: {
    include: ["packages/core/test/*.test.ts"],
    exclude: ["packages/core/test/process-exit.test.ts", "packages/core/test/model*.test.ts"],
  },
});

import { defineConfig } from "vitest/config";

const tests = ["packages/*/test/**/*.test.ts", "tools/*/test/**/*.test.ts", "tools/*/template/test/**/*.test.ts"];
const realTests = tests.map((pattern) => pattern.replace(".test.ts", ".real.test.ts"));
const longTests = tests.map((pattern) => pattern.replace(".test.ts", ".long.test.ts"));
const matrixTests = tests.map((pattern) => pattern.replace(".test.ts", ".matrix.test.ts"));

// Tests run on the sources: the condition picks `src/index.ts` of every workspace package, so nothing needs a build.
export default defineConfig({
  ssr: { resolve: { conditions: ["@rollcall/source", "node"] } },
  test: {
    environment: "node",
    projects: [
      { extends: true, test: { name: "units", include: tests, exclude: [...realTests, ...longTests, ...matrixTests], maxWorkers: "100%" } },
      {
        extends: true,
        test: {
          name: "real",
          include: realTests,
          // Real clusters measure time: one at a time, after everything else.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

import { defineConfig } from "vitest/config";

// Tests run on the sources: the condition picks `src/index.ts` of every workspace package, so nothing needs a build.
export default defineConfig({
  ssr: { resolve: { conditions: ["@rollcall/source", "node", "import", "module", "default"] } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "tools/*/test/**/*.test.ts"],
    environment: "node",
  },
});

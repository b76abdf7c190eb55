import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { mergeConfig } from "vitest/config";
import common from "./vitest.config.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Which versions this cell of the compatibility matrix is about, and the main file of its copy of grpc-js. */
    readonly cell: { readonly etcd: string; readonly grpcJs: string; readonly grpcJsFile: string; readonly node: string };
  }
}

/** One version, from the environment: `pnpm matrix` gives all three. */
function versionOf(what: string): string {
  const version = process.env[`ROLLCALL_MATRIX_${what}`];
  if (!version) throw new Error(`ROLLCALL_MATRIX_${what} is not set: \`pnpm matrix\` runs this`);
  return version;
}

const grpcJs = versionOf("GRPC_JS");
// The copies of the older minor versions are dependencies of packages/grpc under other names; the newest has its own.
const copies = createRequire(new URL("packages/grpc/package.json", import.meta.url));
const grpcJsFile = copies.resolve(grpcJs === "1.14" ? "@grpc/grpc-js" : `grpc-js-${grpcJs}`);

// One cell of the compatibility matrix: the scenarios on one version of etcd, with one of grpc-js, on one of Node.
export default mergeConfig(
  { ...common, test: { environment: "node" } },
  {
    resolve: { alias: { "@grpc/grpc-js": grpcJsFile } },
    test: {
      include: ["tools/testbed/test/*.matrix.test.ts"],
      setupFiles: [fileURLToPath(new URL("tools/testbed/test/support/one-grpc-js.ts", import.meta.url))],
      provide: { cell: { etcd: versionOf("ETCD"), grpcJs, grpcJsFile, node: versionOf("NODE") } },
      testTimeout: 180_000,
      hookTimeout: 120_000,
    },
  },
);

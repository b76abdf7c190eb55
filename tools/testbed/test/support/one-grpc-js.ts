import { createRequire } from "node:module";
import { inject } from "vitest";

// Our sources get the cell's copy of grpc-js through an alias. nice-grpc is loaded by Node itself, which knows no alias: for it the
// cell's copy takes the place of its own in Node's cache of modules.

const { grpcJsFile } = inject("cell");
const ours = createRequire(import.meta.url);
ours(grpcJsFile);
const its = createRequire(ours.resolve("nice-grpc"));
its.cache[its.resolve("@grpc/grpc-js")] = ours.cache[grpcJsFile];

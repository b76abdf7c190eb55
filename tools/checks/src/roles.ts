/** What a published package is, which decides what it may import and which rooms it has. */
export interface Role {
  /** Asks a cluster (`provider`), hands endpoints to a client (`sink`), is what both build on (`core`), or tests them (`testkit`). */
  readonly kind: "core" | "provider" | "sink" | "testkit";
  /** The client library it speaks through; a peer dependency. */
  readonly driver?: string;
  /** Everything it may import besides Node's built-ins. */
  readonly imports: readonly string[];
  /** How many values it may export at most. Default 6; of core, names are counted instead. */
  readonly values?: number;
}

/** The role of every folder in `packages/`. A new package gets a line here before its first file. */
export const ROLES: Readonly<Record<string, Role>> = {
  core: { kind: "core", imports: [] },
  grpc: { kind: "sink", driver: "@grpc/grpc-js", imports: ["@rollcall/core", "@grpc/grpc-js"] },
  undici: { kind: "sink", driver: "undici", imports: ["@rollcall/core", "undici"] },
  etcd: {
    kind: "provider",
    driver: "@grpc/grpc-js",
    imports: ["@rollcall/core", "@rollcall/grpc", "@grpc/grpc-js", "@bufbuild/protobuf", "zod"],
  },
  kafka: { kind: "provider", driver: "kafkajs", imports: ["@rollcall/core", "kafkajs", "zod"] },
  // Its driver is Node's own sockets: no library speaks the remoting protocol without the client around it.
  rocketmq: { kind: "provider", imports: ["@rollcall/core", "zod"] },
  // Two suites, and a box of parts from which tests take by name what they need: none of it is learned as a whole.
  testkit: { kind: "testkit", imports: ["@rollcall/core"], values: 15 },
};

/** Names in a module or a static field that may change while the program runs, as `path#name`, each with the reason. */
export const MODULE_STATE: Readonly<Record<string, string>> = {
  "packages/grpc/src/grpc-target.ts#feeds":
    "grpc-js keeps one table of resolvers per process and hands a resolver nothing but the target's text",
};

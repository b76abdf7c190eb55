// The inner modules of kafkajs carry no types; what is used of them is described in kafkajs-modules.ts.
declare module "kafkajs/src/*" {
  const exported: unknown;
  export = exported;
}

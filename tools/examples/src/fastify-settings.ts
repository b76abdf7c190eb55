import { type Endpoint, type EndpointFeed, hostPort, type LiveClient, liveClient, MetadataPoller } from "@rollcall/core";
import { readiness } from "@rollcall/core/sinks";
import { etcdMembers } from "@rollcall/etcd";
import { Etcd3 } from "etcd3";
import { fastify } from "fastify";
import plugin from "fastify-plugin";

declare module "fastify" {
  interface FastifyInstance {
    /** The members of the cluster. */
    readonly members: EndpointFeed;
    /** A client of whoever they are; await `ready()` for each use. */
    readonly etcd: LiveClient<Etcd3>;
  }
}

/** One poller for the whole application, and a client that follows it. */
const cluster = plugin(
  async (app, { seeds }: { readonly seeds: readonly string[] }) => {
    const poller = new MetadataPoller(etcdMembers({ seeds }));
    const connect = (members: readonly Endpoint[]) => new Etcd3({ hosts: members.map((member) => `http://${hostPort.format(member)}`) });
    const etcd = liveClient(poller, connect, { dispose: (client) => client.close() });
    app.decorate("members", poller);
    app.decorate("etcd", etcd);

    // Nobody is let in before there is somebody to ask.
    app.addHook("onReady", async () => void (await poller.ready({ signal: AbortSignal.timeout(10_000) })));

    // Every request has been answered by then. Clients go first, then the poller that they follow.
    app.addHook("onClose", async () => {
      await etcd[Symbol.asyncDispose]();
      await poller.close();
    });
  },
  { name: "cluster" },
);

const app = fastify({ logger: true });
await app.register(cluster, { seeds: (process.env["ETCD"] ?? "http://127.0.0.1:2379").split(",") });

app.get<{ Params: { readonly name: string } }>("/settings/:name", async ({ params }, reply) => {
  const etcd = await app.etcd.ready();
  const value = await etcd.get(params.name).string();
  return value === null ? reply.code(404).send() : { value };
});

app.get("/members", async () => app.members.snapshot?.endpoints ?? []);

const check = readiness(app.members);
app.get("/ready", async (_request, reply) => {
  const report = check.report();
  return reply.code(report.ready ? 200 : 503).send(report);
});

// Or a connection whose request is answered during the shutdown holds it up for another 72 seconds.
app.addHook("preClose", async () => {
  app.server.keepAliveTimeout = 1;
});
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void app.close());
await app.listen({ port: Number(process.env["PORT"] ?? 3000), host: "0.0.0.0" });

import type { Endpoint, MetadataSource } from "@rollcall/core";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import { chaosProxy } from "@rollcall/testkit";
import type { Test } from "./scenario.js";

/** What the clients of a poller pass on their way to a member that joins, and the poller does not. */
export interface NewcomersDoor {
  /** How many connections of clients came through. */
  readonly clients: number;
  /** The same source; but whoever uses its endpoints reaches a newcomer through the door, while its own calls and probes go straight there. */
  before<T>(source: MetadataSource<T>): MetadataSource<T>;
}

/** A door for one newcomer to a cluster, closed with the test. Polls, probes and clients look the same to a member that is silent; this tells them apart. */
export async function newcomersDoor(test: Test, { members }: EtcdCluster): Promise<NewcomersDoor> {
  const old = new Set(members.map(({ clientUrl }) => Number(new URL(clientUrl).port)));
  const newcomer = { host: "127.0.0.1", port: 0 };
  const door = await chaosProxy(newcomer);
  test.onTestFinished(() => door.close());

  function atDoor(endpoint: Endpoint): Endpoint {
    if (old.has(endpoint.port)) return endpoint;
    newcomer.port = endpoint.port;
    return { ...endpoint, port: door.port };
  }
  const straight = (endpoint: Endpoint): Endpoint => (endpoint.port === door.port ? { ...endpoint, port: newcomer.port } : endpoint);

  return {
    get clients() {
      return door.accepted;
    },
    before: (source) => {
      const [list, fetch, probe] = [source.endpoints.bind(source), source.fetch.bind(source), source.probe?.bind(source)];
      return Object.assign(source, {
        endpoints: (metadata: Parameters<typeof list>[0]) => [...list(metadata)].map(atDoor),
        fetch: (context: Parameters<typeof fetch>[0]) => fetch({ ...context, known: context.known.map(straight) }),
        probe: async (endpoint: Endpoint, context: Parameters<NonNullable<typeof probe>>[1]) => probe?.(straight(endpoint), context),
      });
    },
  };
}

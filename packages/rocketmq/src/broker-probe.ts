import { type Endpoint, hostPort, type MetadataSource } from "@rollcall/core";
import { overOneConnection } from "./one-connection.js";
import { REQUEST } from "./protocol/request-codes.js";
import { rocketmqError } from "./rocketmq-error.js";
import type { RocketmqTransport } from "./rocketmq-transport.js";

/** A broker that is stopped but keeps its sockets open stays listed for 120 s (`BROKER_CHANNEL_EXPIRED_TIME`, `RouteInfoManager.java`). */
const PROBE_EVERY_MS = 30_000;

/** What a source of brokers needs to ask them whether they serve: over a connection of its own, for their runtime info (28). Whoever answers serves, be it a refusal for want of a permission. */
export function brokerProbe(
  transport: RocketmqTransport,
): Required<Pick<MetadataSource<unknown>, "probe">> & { readonly probeEveryMs: number } {
  return { probeEveryMs: PROBE_EVERY_MS, probe: (endpoint, { signal }) => probeBroker(transport, endpoint, signal) };
}

async function probeBroker(transport: RocketmqTransport, { host, port }: Endpoint, signal: AbortSignal): Promise<void> {
  try {
    const question = { code: REQUEST.GET_BROKER_RUNTIME_INFO };
    await overOneConnection(transport, { host, port }, (connection, options) => connection.request(question, options), { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    throw rocketmqError(thrown, `broker ${hostPort.format({ host, port })} does not answer`);
  }
}

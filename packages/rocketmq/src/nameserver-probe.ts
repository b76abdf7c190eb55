import { type Endpoint, hostPort, toDiscoveryError } from "@rollcall/core";
import { overOneConnection, type RocketmqQuestion } from "./one-connection.js";
import { readClusterInfo } from "./protocol/cluster-info.js";
import { REQUEST, RESPONSE } from "./protocol/request-codes.js";
import { isTopicMissing, refusedAnswer, rocketmqError } from "./rocketmq-error.js";
import { bareMessage, rocketmqRefusal } from "./rocketmq-refusal.js";
import type { RemotingAnswer, RocketmqTransport } from "./rocketmq-transport.js";

/**
 * Resolves if a nameserver serves: it tells its brokers (106), and the route of the topic, or that it does not know it (105). It takes both: one that waits for brokers
 * to register after its start (`needWaitForService`) tells an empty list of brokers as if all were well, and only 105 shows it (`ClientRequestProcessor.java`). Asks over a connection of
 * its own, which ends with the questions or when the signal fires.
 *
 * @throws DiscoveryError naming the nameserver and what is wrong; when the signal fires, its reason.
 */
export async function probeNameserver(
  endpoint: Endpoint,
  { transport, topic, signal }: { readonly transport: RocketmqTransport; readonly topic: string; readonly signal: AbortSignal },
): Promise<void> {
  const name = `nameserver ${hostPort.format(endpoint)}`;
  const fields = { topic, acceptStandardJsonOnly: "true" };
  const ask: RocketmqQuestion<readonly [RemotingAnswer, RemotingAnswer]> = (connection, options) =>
    Promise.all([
      connection.request({ code: REQUEST.GET_BROKER_CLUSTER_INFO }, options),
      connection.request({ code: REQUEST.GET_ROUTEINFO_BY_TOPIC, fields }, options),
    ]);
  try {
    const [brokers, route] = await overOneConnection(transport, { host: endpoint.host, port: endpoint.port }, ask, { signal });
    requireBrokers(brokers, name);
    if (route.code !== RESPONSE.SUCCESS && !isTopicMissing(route))
      throw refusedAnswer(route, `the question to ${name} for the route of ${topic}`);
  } catch (thrown) {
    signal.throwIfAborted();
    throw rocketmqError(thrown, name);
  }
}

function requireBrokers(answer: RemotingAnswer, name: string): void {
  if (answer.code !== RESPONSE.SUCCESS) throw refusedAnswer(answer, `the question to ${name} for its brokers`);
  try {
    readClusterInfo(answer.body, () => undefined);
  } catch (thrown) {
    throw rocketmqRefusal(
      "MALFORMED_RESPONSE",
      `${name} tells its brokers, but ${bareMessage(toDiscoveryError(thrown, "rocketmq"))}`,
      thrown,
    );
  }
}

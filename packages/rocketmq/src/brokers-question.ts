import type { RocketmqQuestion } from "./one-connection.js";
import type { RejectBroker } from "./protocol/broker-data.js";
import { readClusterInfo } from "./protocol/cluster-info.js";
import { REQUEST, RESPONSE } from "./protocol/request-codes.js";
import type { RocketmqBroker } from "./rocketmq-broker.js";
import { refusedAnswer } from "./rocketmq-error.js";

/**
 * Asks a nameserver for its brokers (106), by address.
 *
 * @param reject - told of brokers that cannot be used
 */
export function askBrokers(reject: RejectBroker): RocketmqQuestion<readonly RocketmqBroker[]> {
  return async (connection, options) => {
    const answer = await connection.request({ code: REQUEST.GET_BROKER_CLUSTER_INFO }, options);
    if (answer.code !== RESPONSE.SUCCESS) throw refusedAnswer(answer, "the question for its brokers");
    return readClusterInfo(answer.body, reject);
  };
}

import { startRocketmqSimulator } from "@rollcall/rocketmq/simulator";
import type { ReplacementPlan } from "../../scenarios/rocketmq-load.js";
import type { StartRocketmq } from "../../scenarios/rocketmq-scenario.js";
import { createCertificateAuthority, JavaProducer, type Missing, type RocketmqInstallation, startRealRocketmq } from "../../src/index.js";

/** Scenarios run on the simulator. */
export const startSimulated: StartRocketmq = async ({ nameservers, brokers, secure = false } = {}) => {
  if (!secure) return startRocketmqSimulator({ nameservers, brokers });
  const { ca, issue } = await createCertificateAuthority();
  const { cert, key } = await issue("server", ["127.0.0.1", "localhost"]);
  const acl = { accessKey: "rollcall", secretKey: "12345678" };
  return startRocketmqSimulator({ nameservers, brokers, security: { tls: { ca: String(ca), cert: String(cert), key: String(key) }, acl } });
};

/** Scenarios run on processes of this RocketMQ. */
export function startReal(rocketmq: RocketmqInstallation | Missing): StartRocketmq {
  return async ({ nameservers, brokers, secure = false } = {}) => {
    if ("reason" in rocketmq) throw new Error(rocketmq.reason);
    return startRealRocketmq({ ...rocketmq, nameservers, brokers, security: secure ? "acl-tls" : "plaintext" });
  };
}

/** Makes Java clients of this RocketMQ. */
export function javaOf(rocketmq: RocketmqInstallation | Missing): ReplacementPlan["javaProducer"] {
  return "reason" in rocketmq ? undefined : (load) => new JavaProducer(rocketmq.jvm, load);
}

import { expect, test } from "vitest";
import { type RocketmqSimulatorOptions, startRocketmqSimulator } from "../src/simulator/index.js";

const NAMES = "nameservers, brokers, registerMs, expiryMs, host, security, serialize, clock";
const SECURITY = 'an object with tls { ca, cert, key, mode: "enforcing" or "permissive" }, acl { accessKey, secretKey }, or both';

test.each<[object, string]>([
  [{ nameserver: 3 }, `option names: got nameserver, allowed is ${NAMES}`],
  [{ nameservers: -1 }, "nameservers: got -1, allowed is a whole number from 0 to 20"],
  [{ brokers: 21 }, "brokers: got 21, allowed is a whole number from 0 to 20"],
  [{ brokers: 1.5 }, "brokers: got 1.5, allowed is a whole number from 0 to 20"],
  [{ registerMs: 9 }, "registerMs: got 9, allowed is a number from 10 to 60000"],
  [{ expiryMs: "1" }, 'expiryMs: got "1", allowed is a number from 10 to 3600000'],
  [{ host: "" }, 'host: got "", allowed is an address of this machine'],
  [{ serialize: "XML" }, 'serialize: got "XML", allowed is "JSON" or "ROCKETMQ"'],
  [{ clock: 1 }, "clock: got number, allowed is a Clock"],
  [{ security: { acl: { accessKey: "a", secretKey: "" } } }, `security.acl.secretKey: got string, allowed is ${SECURITY}`],
  [{ security: { sasl: {} } }, "security, option names: got sasl, allowed is tls, acl"],
  [{ security: { tls: { ca: "a", cert: "b", key: "c", mode: "off" } } }, `security.tls.mode: got string, allowed is ${SECURITY}`],
])("%o is refused, in one sentence", async (options, problem) => {
  const refused = startRocketmqSimulator(options as RocketmqSimulatorOptions);
  await expect(refused).rejects.toMatchObject({ code: "INVALID_OPTIONS", message: `[rocketmq] [INVALID_OPTIONS] ${problem}` });
});

test("nothing at all is a cluster too, and one that fails to start leaves nothing open", async () => {
  const empty = await startRocketmqSimulator({ nameservers: 0, brokers: 0 });
  expect([empty.nameservers, empty.brokers, empty.addressServer.addresses]).toEqual([[], [], []]);
  await empty[Symbol.asyncDispose]();
  await expect(fetch(empty.addressServer.url)).rejects.toThrow();
  await expect(startRocketmqSimulator({ host: "192.0.2.1" })).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
});

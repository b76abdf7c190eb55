import { beforeAll, expect, test } from "vitest";
import { aclSignature } from "../src/protocol/acl-signature.js";
import { REQUEST } from "../src/protocol/request-codes.js";
import type { RocketmqSimulatorTls } from "../src/simulator/index.js";
import { ask, at, listed, simulator } from "./simulator-support.js";
import { authority, signedBy } from "./support/certificates.js";
import { RawSocket } from "./support/raw-socket.js";

const ACL = { accessKey: "rollcall", secretKey: "right" };

let tls: RocketmqSimulatorTls;
beforeAll(async () => {
  const ca = await authority("rollcall");
  tls = { ca: ca.cert, ...(await signedBy(ca, ["localhost"])) };
});

test("with TLS everybody speaks it: brokers to nameservers, operators, announcements, and who trusts the authority", async () => {
  const cluster = await simulator({ security: { tls } });
  await cluster.createTopic("orders");
  const fake = await cluster.announce({ name: "fake", topics: { orders: 6, audit: 4 } });
  await cluster.setWritable("fake", false);
  expect(await listed(at(cluster.nameservers, 0), cluster.client)).toHaveLength(3);
  await fake.withdraw();
  expect(await listed(at(cluster.nameservers, 0), cluster.client)).toHaveLength(2);
  await expect(ask(at(cluster.nameservers, 0), 106, {}, { tls: {} })).rejects.toThrow("certificate");
});

test("enforcing servers close on a client without TLS, permissive ones serve it", async () => {
  const enforcing = await simulator({ nameservers: 1, brokers: 0, security: { tls } });
  const socket = await RawSocket.connect(at(enforcing.nameservers, 0).address);
  socket.write(Buffer.from("\0\0\0\x04\0\0\0\0"));
  await socket.closed;
  const permissive = await simulator({ nameservers: 1, brokers: 1, security: { tls: { ...tls, mode: "permissive" } } });
  expect(await listed(at(permissive.nameservers, 0))).toEqual(await listed(at(permissive.nameservers, 0), permissive.client));
});

test("a frozen server shakes no hands until it goes on", async () => {
  const cluster = await simulator({ nameservers: 2, brokers: 1, security: { tls } });
  const nameserver = at(cluster.nameservers, 0);
  await cluster.freeze(nameserver);
  let answered = false;
  const late = listed(nameserver, cluster.client).finally(() => {
    answered = true;
  });
  await listed(at(cluster.nameservers, 1), cluster.client);
  expect(answered).toBe(false);
  await cluster.thaw(nameserver);
  expect(await late).toHaveLength(1);
});

test("a broker with ACL refuses whoever does not sign, or signs wrongly, whatever is asked; nameservers never do", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 1, security: { acl: ACL } });
  const [nameserver, broker] = [at(cluster.nameservers, 0), at(cluster.brokers, 0)];
  const refused = (remark: string) => ({ code: 16, remark });
  for (const code of [REQUEST.GET_BROKER_RUNTIME_INFO, REQUEST.GET_BROKER_CLUSTER_INFO, 999]) {
    expect(await ask(broker, code)).toMatchObject(refused("username cannot be null."));
    expect(await ask(broker, code, {}, { acl: { ...ACL, secretKey: "wrong" } })).toMatchObject(refused("check signature failed."));
    expect(await ask(broker, code, {}, { acl: { ...ACL, accessKey: "who" } })).toMatchObject(refused("User:who is not found."));
  }
  expect(await ask(broker, REQUEST.GET_BROKER_RUNTIME_INFO, {}, cluster.client)).toMatchObject({ code: 0 });
  expect(await ask(broker, REQUEST.GET_BROKER_CLUSTER_INFO, {}, cluster.client)).toMatchObject({ code: 3 });
  expect(await ask(nameserver, REQUEST.GET_BROKER_CLUSTER_INFO, {}, { acl: { ...ACL, secretKey: "wrong" } })).toMatchObject({ code: 0 });
});

test("a signature is over everything that is said: a changed field or body breaks it", async () => {
  const cluster = await simulator({ nameservers: 0, brokers: 1, security: { acl: ACL } });
  const fields = { topic: "orders", AccessKey: ACL.accessKey };
  const signed = { ...fields, Signature: aclSignature(ACL.secretKey, fields) };
  const code = REQUEST.HEART_BEAT;
  expect(await ask(at(cluster.brokers, 0), code, signed)).toMatchObject({ code: 0 });
  expect(await ask(at(cluster.brokers, 0), code, { ...signed, topic: "other" })).toMatchObject({ code: 16 });
});

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KafkaTestCluster } from "@rollcall/kafka/simulator";
import { createCertificateAuthority } from "../certificates.js";
import type { KafkaSecurity } from "./real-kafka-options.js";

const PROTOCOLS = { plaintext: "PLAINTEXT", sasl: "SASL_PLAINTEXT", tls: "SSL", "sasl-tls": "SASL_SSL" } as const;
/** As kafkajs spells it; Kafka wants capitals. */
export const SASL_MECHANISM = "scram-sha-256" as const;
const LISTENER = "listener.name.client.";

/** How clients are let in: the brokers' side of it and the clients'. */
export interface KafkaAccess {
  /** Kafka's name for it. */
  readonly protocol: (typeof PROTOCOLS)[KafkaSecurity];
  /** Lines for the brokers' properties. */
  readonly settings: Readonly<Record<string, string>>;
  /** For clients; always the same object, whatever happens to the password. */
  readonly client: KafkaTestCluster["client"];
  /** The user whom the brokers must know; absent without SASL. Whoever changes the password writes it here. */
  readonly user?: { readonly name: string; password: string };
}

/** Makes what this kind of security needs; files that brokers read are written into `directory`. */
export async function createKafkaAccess(security: KafkaSecurity, directory: string): Promise<KafkaAccess> {
  const protocol = PROTOCOLS[security];
  const tls = security === "tls" || security === "sasl-tls" ? await createTls(security === "tls", join(directory, "tls")) : undefined;
  if (security === "plaintext" || security === "tls") return { protocol, settings: tls?.settings ?? {}, client: { ...tls?.client } };
  const user = { name: "rollcall", password: "first secret" };
  const sasl = {
    mechanism: SASL_MECHANISM,
    username: user.name,
    get password() {
      return user.password;
    },
  };
  const settings = {
    ...tls?.settings,
    "sasl.enabled.mechanisms": SASL_MECHANISM.toUpperCase(),
    [`${LISTENER}${SASL_MECHANISM}.sasl.jaas.config`]: "org.apache.kafka.common.security.scram.ScramLoginModule required;",
  };
  return { protocol, settings, client: { ...tls?.client, sasl }, user };
}

/** @param mutual Whether a client needs a certificate. */
async function createTls(mutual: boolean, folder: string): Promise<Pick<KafkaAccess, "settings" | "client">> {
  const authority = await createCertificateAuthority();
  const server = await authority.issue("broker", ["127.0.0.1", "localhost"]);
  const client = mutual ? await authority.issue("client") : undefined;
  const files = { keys: join(folder, "broker.pem"), ca: join(folder, "ca.pem") };
  await mkdir(folder);
  await writeFile(files.keys, Buffer.concat([server.key, server.cert]), { mode: 0o600 });
  await writeFile(files.ca, authority.ca);
  const settings = {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": files.keys,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": files.ca,
    [`${LISTENER}ssl.client.auth`]: mutual ? "required" : "none",
  };
  return { settings, client: { ssl: { ca: [authority.ca], ...client } } };
}

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RocketmqClientOptions } from "@rollcall/rocketmq";
import { createCertificateAuthority } from "../certificates.js";
import { propertiesText } from "../properties-text.js";
import type { RocketmqSecurity } from "./real-rocketmq-options.js";

const USER = { accessKey: "rollcall", secretKey: "first secret" };
const PROVIDERS = "org.apache.rocketmq.auth.authentication.provider";

/** How clients are let in: the servers' side of it and the clients'. */
export interface RocketmqAccess {
  /** Flags for every server's JVM. */
  readonly flags: readonly string[];
  /** Lines for the brokers' configuration. */
  readonly brokerSettings: Readonly<Record<string, string | boolean>>;
  /** For clients, ourselves included. */
  readonly client: RocketmqClientOptions;
}

/** Makes what this kind of security needs; files that servers read are written into `directory`. */
export async function createRocketmqAccess(security: RocketmqSecurity, directory: string): Promise<RocketmqAccess> {
  const tls = security === "tls" || security === "acl-tls" ? await createTls(join(directory, "tls")) : undefined;
  const acl = security === "acl" || security === "acl-tls" ? USER : undefined;
  return {
    // Left to itself a server takes both, with an RSA key that it makes first: that costs more than the rest of its start.
    flags: tls?.flags ?? ["-Dtls.server.mode=disabled"],
    brokerSettings: acl === undefined ? {} : aclSettings(acl),
    client: { ...(tls && { tls: { ca: tls.ca } }), ...(acl && { acl }) },
  };
}

/** Brokers speak to nameservers and to each other in the same way. */
async function createTls(folder: string): Promise<{ readonly flags: readonly string[]; readonly ca: Buffer }> {
  const { ca, issue } = await createCertificateAuthority();
  const { cert, key } = await issue("server", ["127.0.0.1", "localhost"]);
  await mkdir(folder);
  const write = async (name: string, text: string | Buffer) => {
    const file = join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };
  const settings = {
    "tls.test.mode.enable": false,
    "tls.server.keyPath": await write("server-key.pem", key),
    "tls.server.certPath": await write("server.pem", cert),
    "tls.client.authServer": true,
    "tls.client.trustCertPath": await write("ca.pem", ca),
  };
  const file = await write("tls.properties", propertiesText(settings));
  return { flags: ["-Dtls.server.mode=enforcing", `-Dtls.config.file=${file}`], ca };
}

function aclSettings({ accessKey, secretKey }: typeof USER): RocketmqAccess["brokerSettings"] {
  return {
    authenticationEnabled: true,
    authenticationProvider: `${PROVIDERS}.DefaultAuthenticationProvider`,
    authenticationMetadataProvider: `${PROVIDERS}.LocalAuthenticationMetadataProvider`,
    initAuthenticationUser: JSON.stringify({ username: accessKey, password: secretKey }),
    innerClientAuthenticationCredentials: JSON.stringify({ accessKey, secretKey }),
  };
}

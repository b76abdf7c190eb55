import type { Endpoint } from "@rollcall/core";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import {
  type Certificate,
  type CertificateAuthority,
  createCertificateAuthority,
  type EtcdClientTls,
  type EtcdServerTls,
} from "../src/index.js";
import { clusterFor, type ScenarioCluster, type StartCluster, type Test } from "./etcd-scenario.js";

/** What members show from their next start on, by name; absent: plaintext. A test changes it. */
export type MemberCertificates = Record<string, Certificate | undefined>;

/** A cluster whose certificates a test makes. */
export interface TlsCluster {
  readonly cluster: ScenarioCluster;
  readonly certificates: MemberCertificates;
  /** Signed them, and the client's. */
  readonly authority: CertificateAuthority;
  /** What a client needs. */
  readonly tls: EtcdClientTls;
}

/** The host of all members' addresses. */
export const HOST = "127.0.0.1";

/** Three members with these certificates, by default one each for {@link HOST}. */
export async function tlsCluster(
  test: Test,
  startCluster: StartCluster,
  make: (authority: CertificateAuthority) => Promise<MemberCertificates> = forHost,
): Promise<TlsCluster> {
  const authority = await createCertificateAuthority();
  const client = await authority.issue("root");
  const certificates = await make(authority);
  const cluster = await clusterFor(test, startCluster, { timers: "fast", tls: serverTls([authority], client, certificates) });
  return { cluster, certificates, authority, tls: { ca: authority.ca, ...client } };
}

/** Members that take the clients of these authorities. */
export function serverTls(
  clients: readonly CertificateAuthority[],
  operator: Certificate,
  certificates: MemberCertificates,
): EtcdServerTls {
  return { clientCa: Buffer.concat(clients.map(({ ca }) => ca)), operator, certificate: (member) => certificates[member] };
}

/** A certificate for {@link HOST} for each member. */
export async function forHost({ issue }: CertificateAuthority): Promise<MemberCertificates> {
  const [n0, n1, n2] = await Promise.all(["n0", "n1", "n2"].map((name) => issue(name, [HOST])));
  return { n0, n1, n2 };
}

/** Restarts a member, by its place in the list, with another certificate; `undefined`: in plaintext. */
export async function restartWith(
  { cluster, certificates }: Pick<TlsCluster, "cluster" | "certificates">,
  index: number,
  certificate: Certificate | undefined,
): Promise<void> {
  const member = memberAt(cluster, index);
  await cluster.kill(member);
  certificates[`n${index}`] = certificate;
  await cluster.start(member);
}

/** The member at this place in the list. */
export function memberAt(cluster: EtcdCluster, index: number): EtcdCluster["members"][number] {
  const member = cluster.members[index];
  if (member === undefined) throw new Error(`there is no member ${index}`);
  return member;
}

/** The endpoint of the member with this name. */
export function endpointNamed(endpoints: readonly Endpoint[], name: string): Endpoint {
  const endpoint = endpoints.find(({ attributes }) => attributes?.["name"] === name);
  if (endpoint === undefined) throw new Error(`there is no endpoint named ${name}`);
  return endpoint;
}

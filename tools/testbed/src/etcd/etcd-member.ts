import { join } from "node:path";
import type { EtcdClusterMember } from "@rollcall/etcd/simulator";
import { type ChaosProxy, chaosProxy } from "@rollcall/testkit";
import type { ServerProcess } from "../server-process.js";
import type { EtcdServerTls, EtcdTlsFiles } from "./etcd-tls.js";
import type { PeerAddress } from "./peer-network.js";

/** One member with what the operator knows about it. */
export class EtcdMember implements EtcdClusterMember {
  /** Its `--name`. */
  readonly name: string;
  /** Where its peers really reach it, and its id. */
  readonly peer: PeerAddress;
  /** The peer URL it advertises: that of its proxy if it has one. */
  readonly peerUrl: string;
  /** Whether it has no vote. */
  learner: boolean;
  /** What its process does; `unstarted` = it never had one. */
  state: "unstarted" | "running" | "frozen" | "killed" = "unstarted";
  /** Whether it is cut off from its peers. */
  isolated = false;
  /** How its process serves clients, or will. */
  scheme: "http" | "https" = "http";
  /** What it says to clients instead of where they reach it. */
  advertised: string | undefined;
  /** Its process, once it had one. */
  process: ServerProcess | undefined;
  readonly #closePeerProxy: () => void;
  #clientPort: number;
  #gate: ChaosProxy | undefined;
  #silent: boolean;

  constructor(plan: {
    name: string;
    clientPort: number;
    peer: PeerAddress;
    advertisedPeerPort: number;
    learner: boolean;
    gate: ChaosProxy | undefined;
    closePeerProxy: () => void;
  }) {
    this.name = plan.name;
    this.peer = plan.peer;
    this.peerUrl = `http://127.0.0.1:${plan.advertisedPeerPort}`;
    this.learner = plan.learner;
    this.#closePeerProxy = plan.closePeerProxy;
    this.#clientPort = plan.clientPort;
    this.#gate = plan.gate;
    this.#silent = plan.gate !== undefined;
  }

  get id(): string {
    return this.peer.id;
  }

  /** That of its gate if it has one. */
  get clientUrl(): string {
    return this.advertised ?? `${this.scheme}://127.0.0.1:${this.#gate?.port ?? this.#clientPort}`;
  }

  /** Where its process listens for clients. */
  get listenUrl(): string {
    return `${this.scheme}://127.0.0.1:${this.#clientPort}`;
  }

  /** The id as the API wants it: decimal. */
  get decimalId(): string {
    return BigInt(`0x${this.id}`).toString();
  }

  /** Whether it takes part and may be asked. */
  get usable(): boolean {
    return this.state === "running" && !this.isolated && this.process?.running === true;
  }

  /** Whether its gate is shut, as it is at first, so that clients find it silent. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Opens its gate for good; what was sent to it meanwhile flows on. */
  async openGate(): Promise<void> {
    this.#silent = false;
    await this.#gate?.behave({ kind: "forward" });
  }

  /** From its next start on it serves clients there. */
  async moveTo(clientPort: number): Promise<void> {
    await this.#gate?.close();
    this.#gate = undefined;
    this.#silent = false;
    this.#clientPort = clientPort;
  }

  /** Closes what stands before its ports. */
  async closeProxies(): Promise<void> {
    this.#closePeerProxy();
    await this.#gate?.close();
  }
}

/**
 * Stands at the client URL of a member that joins and does not serve yet: connections are accepted and stay silent.
 * @param to - where its process listens
 */
export function shutGate(port: number, to: number): Promise<ChaosProxy> {
  return chaosProxy({ host: "127.0.0.1", port: to }, { behaviour: { kind: "silence" }, port });
}

/** An id of the API, which is decimal, as the operator knows it. */
export function hexId(decimal: string): string {
  return BigInt(decimal).toString(16);
}

/** What the flags of all members of a cluster have in common. */
export interface EtcdFlagsContext {
  /** Holds the data directories. */
  readonly directory: string;
  /** Full version: 3.4 lacks some flags. */
  readonly version: string;
  /** See `RealEtcdOptions.timers`. */
  readonly timers: "fast" | "default";
  /** TLS for clients; absent = plaintext. */
  readonly tls?: EtcdServerTls | undefined;
  /** See `RealEtcdOptions.auth`. */
  readonly tokenTtlS?: number | undefined;
  /** See `RealEtcdOptions.quotaBytes`. */
  readonly quotaBytes?: number | undefined;
  /** Tells this cluster from any other on the machine. */
  readonly token: string;
}

/** The command line of one member, given all members of the cluster, itself included. `existing`: it joins, or has data. */
export function etcdFlags(
  member: EtcdMember,
  all: readonly EtcdMember[],
  existing: boolean,
  context: EtcdFlagsContext,
  tls: EtcdTlsFiles | undefined,
): string[] {
  const { directory, version, timers, tokenTtlS, quotaBytes, token } = context;
  const flags = {
    name: member.name,
    "data-dir": join(directory, member.name),
    "listen-client-urls": member.listenUrl,
    "advertise-client-urls": member.clientUrl,
    "listen-peer-urls": `http://127.0.0.1:${member.peer.port}`,
    "initial-advertise-peer-urls": member.peerUrl,
    "initial-cluster": all.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(","),
    "initial-cluster-state": existing ? "existing" : "new",
    "initial-cluster-token": token,
    // Else membership cannot change for the first five seconds of any member.
    "strict-reconfig-check": "false",
    "log-level": "error",
    ...(tokenTtlS !== undefined && { "auth-token-ttl": String(tokenTtlS) }),
    ...(quotaBytes !== undefined && { "quota-backend-bytes": String(quotaBytes) }),
    ...(timers === "fast" && { "heartbeat-interval": "20", "election-timeout": "200" }),
    ...(tls !== undefined && { "cert-file": tls.cert, "key-file": tls.key, "trusted-ca-file": tls.ca, "client-cert-auth": "true" }),
    ...(!version.startsWith("3.4.") && { "unsafe-no-fsync": "true" }),
  };
  return Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
}

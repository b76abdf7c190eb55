import type { RocketmqTestCluster } from "@rollcall/rocketmq/simulator";
import type { RocketmqInstallation } from "./rocketmq-installation.js";

/**
 * How clients are let in: `plaintext` anybody, and nobody with TLS; `tls` nobody without it, whom they ask; `acl` nobody unsigned by brokers (a nameserver never
 * asks who it is); `acl-tls` both.
 */
export type RocketmqSecurity = "plaintext" | "tls" | "acl" | "acl-tls";

/** What kind of cluster `startRealRocketmq` starts. */
export interface RealRocketmqOptions extends RocketmqInstallation {
  /** How many nameservers to begin with; default 3; 0 or more. */
  readonly nameservers?: number | undefined;
  /** How many brokers to begin with, each registered with every nameserver; default 2; 0 or more. */
  readonly brokers?: number | undefined;
  /** How clients are let in; default `plaintext`. */
  readonly security?: RocketmqSecurity | undefined;
  /** How servers write the headers of their answers, whatever they are asked in (`rocketmq.serialize.type`); default `JSON`. */
  readonly serialize?: "JSON" | "ROCKETMQ" | undefined;
  /** More lines for the configuration of every nameserver, such as `enableShutdownGracefully`; default none. */
  readonly nameserverSettings?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** A gRPC proxy of a cluster, for RocketMQ's newer clients. */
export interface RealRocketmqProxy extends AsyncDisposable {
  /** `127.0.0.1:20031`: where it takes gRPC. */
  readonly address: string;
  /** `127.0.0.1:20032`: where it takes what older clients send to nameservers and brokers. */
  readonly remotingAddress: string;
}

/** A cluster of RocketMQ servers on 127.0.0.1, each with a process of its own. */
export interface RealRocketmqCluster extends RocketmqTestCluster {
  /** Everything that it writes is in here: configuration, messages, logs, certificates. */
  readonly directory: string;
  /**
   * Starts a proxy that knows every nameserver that is up now; resolves once it takes connections. Ends with the cluster if not before. Listens on all of the machine's
   * addresses: it cannot be told otherwise. Rejects where brokers have ACL.
   */
  startProxy(): Promise<RealRocketmqProxy>;
}

export { type Certificate, type CertificateAuthority, createCertificateAuthority } from "./certificates.js";
export type { EtcdClientTls } from "./etcd/etcd-tls.js";
export { type EtcdBinary, type EtcdVersion, findEtcd, provisionEtcd } from "./etcd/provision.js";
export { startRealEtcd } from "./etcd/real-etcd-cluster.js";
export type { RealEtcdCluster, RealEtcdOptions } from "./etcd/real-etcd-options.js";
export { generatedClient, type KeyValueClient, type KeyValueClientOptions, niceClient, plainClient } from "./load/key-value-clients.js";
export { Writer, type WriterReport } from "./load/writer.js";
export { Ports } from "./ports.js";
export { type Missing, type RequireEtcdOptions, requireEtcd } from "./require-etcd.js";

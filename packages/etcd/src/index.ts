/**
 * etcd members as Rollcall endpoints.
 *
 * @packageDocumentation
 */
export type { EtcdMember, EtcdMetadata } from "./etcd-members-metadata.js";
export type { EtcdAuthOptions, EtcdMembersOptions } from "./etcd-members-options.js";
export { etcdMembers } from "./etcd-members-source.js";
export type { EtcdTlsOptions } from "./etcd-tls.js";

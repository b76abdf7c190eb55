/**
 * etcd members as Rollcall endpoints.
 *
 * @packageDocumentation
 */
export type { EtcdMember, EtcdMetadata } from "./etcd-members-metadata.js";
export type { EtcdAuthOptions, EtcdMembersOptions, EtcdTlsOptions } from "./etcd-members-options.js";
export { etcdMembers } from "./etcd-members-source.js";

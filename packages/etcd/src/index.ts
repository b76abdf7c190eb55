/**
 * etcd members as Rollcall endpoints.
 *
 * @packageDocumentation
 */
export type { EtcdAuthOptions } from "./etcd-auth-options.js";
export type { EtcdMember, EtcdMetadata } from "./etcd-members-metadata.js";
export type { EtcdMembersOptions } from "./etcd-members-options.js";
export { etcdMembers } from "./etcd-members-source.js";
export type { EtcdSrvSeedsOptions } from "./etcd-srv-options.js";
export { etcdSrvSeeds } from "./etcd-srv-seeds.js";
export type { EtcdPem, EtcdTlsOptions } from "./etcd-tls-options.js";

/**
 * etcd members as Rollcall endpoints.
 *
 * @packageDocumentation
 */
export type { EtcdMember, EtcdMetadata } from "./etcd-members-metadata.js";
export type { EtcdAuthOptions, EtcdMembersOptions, EtcdTlsOptions } from "./etcd-members-options.js";
export { etcdMembers } from "./etcd-members-source.js";
export type { EtcdSrvSeedsOptions } from "./etcd-srv-options.js";
export { etcdSrvSeeds } from "./etcd-srv-seeds.js";

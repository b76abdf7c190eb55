/**
 * The members of acme-db clusters as Rollcall endpoints.
 *
 * @packageDocumentation
 */
export type { AcmeDbMember, AcmeDbMetadata } from "./acme-db-members-metadata.js";
export type { AcmeDbMembersOptions } from "./acme-db-members-options.js";
export { acmeDbMembers } from "./acme-db-members-source.js";

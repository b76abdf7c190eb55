/**
 * Sinks that need nothing but Node: names for whatever connects by `net`, a file for other programs, and a readiness check.
 *
 * @packageDocumentation
 */
export { endpointFile } from "./endpoint-file.js";
export { type EndpointLookup, endpointLookup } from "./endpoint-lookup.js";
export { type Readiness, type ReadinessReport, readiness } from "./readiness.js";

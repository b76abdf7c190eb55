import type { Endpoint } from "./endpoint.js";

/**
 * Narrows the endpoints one subscription sees. Pure; returns a subset of the same objects. The view is kept sorted by id
 * and without duplicates, whatever order is returned.
 */
export type Select = (endpoints: readonly Endpoint[]) => readonly Endpoint[];

import { type InspectOptions, inspect } from "node:util";
import type { EndpointFeed } from "./endpoint-feed.js";

/** What `JSON.stringify` shows of a poller: what is asked, how it goes and what is believed; never a secret. */
export function reportOf(key: string, { snapshot, status }: Pick<EndpointFeed, "snapshot" | "status">, ageMs: number | undefined): unknown {
  const { state, error, failures, held } = status;
  const byId = new Map(snapshot?.aside.map((endpoint) => [endpoint.id, endpoint]));
  const aside = status.aside.map(({ id, reason, since }) => ({ ...byId.get(id), id, reason, since }));
  const { version, endpoints } = snapshot ?? {};
  return { key, state, version, ageMs, endpoints, aside, failures, held, lastError: error?.message };
}

/** Makes `util.inspect` show a class by its name and what its `toJSON` returns. */
export function inspectAsJson(theClass: { readonly name: string; readonly prototype: { toJSON(): unknown } }): void {
  const show = function (this: { toJSON(): unknown }, _depth: number, options: InspectOptions): string {
    return `${theClass.name} ${inspect(this.toJSON(), options)}`;
  };
  Object.defineProperty(theClass.prototype, inspect.custom, { value: show });
}

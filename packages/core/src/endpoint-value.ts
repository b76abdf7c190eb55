import type { Endpoint } from "./endpoint.js";

type Attributes = NonNullable<Endpoint["attributes"]>;

/** Why a value cannot be used as an endpoint; undefined when it can. */
export function endpointProblem(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "it is no object";
  const { id, host, port, attributes } = value as Partial<Record<keyof Endpoint, unknown>>;
  if (typeof id !== "string" || id === "") return "its id is no text";
  if (typeof host !== "string" || !/^[^\s[\]/]+$/.test(host)) return "its host is no name or address (IPv6 goes without brackets)";
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65_535) return "its port is no integer from 1 to 65535";
  if (attributes === undefined) return undefined;
  if (typeof attributes !== "object" || attributes === null) return "its attributes are no object";
  const flat = Object.values(attributes).every((fact) => ["string", "number", "boolean"].includes(typeof fact));
  return flat ? undefined : "its attributes are not all text, numbers or booleans";
}

/** A frozen copy, so that nobody can change what others were given. */
export function frozenEndpoint({ id, host, port, attributes }: Endpoint): Endpoint {
  if (attributes === undefined) return Object.freeze({ id, host, port });
  return Object.freeze({ id, host, port, attributes: Object.freeze({ ...attributes }) });
}

/** Whether two endpoints of one id say the same. */
export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.host === b.host && a.port === b.port && sameAttributes(a.attributes, b.attributes);
}

function sameAttributes(a: Attributes | undefined, b: Attributes | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || b === null) return false;
  let more = 0;
  for (const name in a) {
    if (!Object.is(a[name], b[name])) return false;
    more += 1;
  }
  for (const name in b) if (Object.hasOwn(b, name)) more -= 1;
  return more === 0;
}

import type { Endpoint } from "@rollcall/core";

/** Why a poller would drop an endpoint; undefined if it would not. */
export function endpointProblem(entry: unknown): string | undefined {
  if (typeof entry !== "object" || entry === null) return "it is no object";
  const { id, host, port, attributes } = entry as Partial<Endpoint>;
  if (typeof id !== "string" || id === "") return "its id is no text";
  if (typeof host !== "string" || !/^[^\s[\]/]+$/.test(host)) return "its host is no name or address (IPv6 goes without brackets)";
  if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65_535) return "its port is no integer from 1 to 65535";
  const flat = Object.values(attributes ?? {}).every((fact) => ["string", "number", "boolean"].includes(typeof fact));
  return flat ? undefined : "its attributes are not all text, numbers or booleans";
}

/** What separates two lists, in words, whatever their order; undefined if nothing does. */
export function difference(before: readonly Endpoint[], after: readonly Endpoint[]): string | undefined {
  const texts = (endpoints: readonly Endpoint[]): ReadonlyMap<string, string> => new Map(endpoints.map((one) => [one.id, printed(one)]));
  const [then, now] = [texts(before), texts(after)];
  const gone = [...then.keys()].filter((id) => !now.has(id)).map((id) => `${id} is gone`);
  const others = [...now].filter(([id, text]) => then.get(id) !== text);
  const told = others.map(([id, text]) => (then.has(id) ? `${id} was ${then.get(id)} and is ${text}` : `${id} is new`));
  return gone.length + told.length === 0 ? undefined : [...gone, ...told].join("; ");
}

/** Who is at no address of a list, in words; undefined if everybody is. By address, because ids are a rule of their own. */
export function missing(whole: readonly Endpoint[], list: readonly Endpoint[]): string | undefined {
  const there = new Set(list.map(({ host, port }) => `${host}:${port}`));
  const absent = whole.filter(({ host, port }) => !there.has(`${host}:${port}`));
  return absent.length === 0 ? undefined : listOf(absent);
}

/** Endpoints, for messages. */
export function listOf(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ id, host, port }) => `${id} at ${host}:${port}`).join(", ");
}

/** An endpoint's address and its attributes in the order of their names. */
function printed({ host, port, attributes = {} }: Endpoint): string {
  const facts = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${host}:${port} ${JSON.stringify(facts)}`;
}

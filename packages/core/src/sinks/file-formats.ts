import type { Endpoint } from "../endpoint.js";
import { hostPort } from "../host-port.js";

/** One member per line. */
export function jsonLines(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ id, host, port, attributes }) => `${JSON.stringify({ id, host, port, attributes })}\n`).join("");
}

/** What Prometheus reads: a list of groups. Each member is one of its own, because its labels are. */
export function fileSdText(endpoints: readonly Endpoint[], labels: Readonly<Record<string, string>>): string {
  const groups = endpoints.map((endpoint) => ({ targets: [hostPort.format(endpoint)], labels: { ...metaLabels(endpoint), ...labels } }));
  return `${JSON.stringify(groups, null, 2)}\n`;
}

/** The first label that Prometheus would refuse, as `name` or `name: type of its value`; undefined if there is none. */
export function labelProblem(labels: Readonly<Record<string, string>>): string | undefined {
  if (typeof labels !== "object" || labels === null) return "no object";
  for (const [name, value] of Object.entries(labels)) {
    if (!/^[a-zA-Z_]\w*$/.test(name)) return name;
    if (typeof value !== "string") return `${name}: ${typeof value}`;
  }
  return undefined;
}

function metaLabels({ id, attributes = {} }: Endpoint): Record<string, string> {
  const facts = Object.entries(attributes).map(([name, value]) => [`__meta_rollcall_attribute_${name.replace(/\W/g, "_")}`, String(value)]);
  return { __meta_rollcall_id: id, ...Object.fromEntries(facts) };
}

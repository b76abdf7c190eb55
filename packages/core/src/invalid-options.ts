import { inspect } from "node:util";
import { DiscoveryError } from "./discovery-error.js";
import { hostPort } from "./host-port.js";

/**
 * What to throw when a schema refuses the options of a source: one `INVALID_OPTIONS` that names the first bad option, what was given and
 * what is allowed. A misspelt name comes before all others, because it explains a missing option, not the other way round.
 *
 * No secret is printed: of a value only its type, unless its path is `seeds` (then without user information) or declared `printable`.
 *
 * @param source - the `source` of the error
 * @param options - what was given
 * @param issues - what is wrong with it: those of zod, or of the same shape. A `message` says what is allowed.
 */
export function invalidOptions(
  source: string,
  options: unknown,
  issues: readonly {
    readonly code?: string | undefined;
    readonly path: readonly PropertyKey[];
    readonly message: string;
    readonly expected?: unknown;
    readonly keys?: readonly string[] | undefined;
  }[],
  known: {
    /** The allowed names, as the reader is told them, by the path of the object that has them; `""` is the options themselves. */
    readonly names: Readonly<Record<string, string>>;
    /** Paths at and below which numbers, booleans, texts (their first 100 characters) and lists of them may be printed. Default: none. */
    readonly printable?: readonly string[] | undefined;
  },
): DiscoveryError {
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  const names = issue?.path ?? [];
  const path = names.map(String).join(".");
  if (issue?.code === "unrecognized_keys") {
    return complaint(source, path === "" ? "option names" : `${path}, option names`, `${issue.keys?.join(", ")}`, `${known.names[path]}`);
  }
  const given = names.reduce((value: unknown, name) => (value as Record<PropertyKey, unknown> | undefined)?.[name], options);
  const allowed = issue?.code === "invalid_type" && issue.expected === "object" ? "an object" : (issue?.message ?? "another value");
  const mayPrint = ["seeds", ...(known.printable ?? [])].some((prefix) => path === prefix || path.startsWith(`${prefix}.`));
  return complaint(source, path === "" ? "the options" : path, mayPrint ? printed(given) : typeName(given), allowed);
}

function complaint(source: string, name: string, given: string, allowed: string): DiscoveryError {
  return new DiscoveryError("INVALID_OPTIONS", `${name}: got ${given}, allowed is ${allowed}`, { source });
}

function printed(given: unknown): string {
  if (Array.isArray(given)) return inspect(given.map(plain), { breakLength: Number.POSITIVE_INFINITY, compact: true });
  return typeof given === "string" ? JSON.stringify(plain(given)) : String(plain(given));
}

/** User information is hidden in every text, not only in seeds: whoever expects a name may be given a URL. */
function plain(given: unknown): unknown {
  if (typeof given === "number" || typeof given === "boolean") return given;
  if (typeof given !== "string") return typeName(given);
  const text = hostPort.printable(given);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function typeName(given: unknown): string {
  if (given === null) return "null";
  return Array.isArray(given) ? "a list" : typeof given;
}

import { parseArgs } from "node:util";

/** What was asked for on the command line. */
export type Request =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | {
      /** One of the packages of Rollcall's own checkout. */
      readonly kind: "workspace";
      readonly name: string;
    }
  | {
      readonly kind: "create";
      readonly name: string;
      /** Default: the name, without its scope. */
      readonly directory: string | undefined;
    };

/** What `--help` says. */
export const HELP = `Begins a Rollcall provider: a package that builds, with a simulator, and passes the conformance suite.

  npm create rollcall-provider <name> [-- --directory <path>]

  <name>              the system, in lower case: my-system, or @me/my-system for a package in your scope
  --directory <path>  where to write it; has to be empty. Default: ./my-system
  --workspace         inside a checkout of Rollcall: packages/my-system, named @rollcall/my-system
  --version
  --help
`;

/** @throws Error in one line for an option that does not exist, a name too many or none */
export function readCommandLine(args: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      directory: { type: "string", short: "d" },
      workspace: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      version: { type: "boolean", short: "v", default: false },
    },
  });
  if (values.help) return { kind: "help" };
  if (values.version) return { kind: "version" };
  const { directory, workspace } = values;
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) {
    throw new Error(
      `name: got ${name === undefined ? "none" : positionals.join(" ")}, expected one, as in: npm create rollcall-provider my-system`,
    );
  }
  if (directory === "") throw new Error("--directory: got an empty text, expected a path; leave it out for ./my-system");
  if (workspace && directory !== undefined)
    throw new Error("--directory: got one beside --workspace, which writes packages/<name>; leave one of them out");
  return workspace ? { kind: "workspace", name } : { kind: "create", name, directory };
}

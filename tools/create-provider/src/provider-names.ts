import { isBuiltin } from "node:module";

/** What a new provider is called, in every way that its files need. */
export interface ProviderNames {
  /** The npm package: `my-system`, `@me/my-system`. */
  readonly packageName: string;
  /** The system, as in file names and messages: `my-system`. */
  readonly kebab: string;
  /** As in types: `MySystem`. */
  readonly pascal: string;
  /** As in functions: `mySystem`. */
  readonly camel: string;
}

/** Names of packages that npm keeps for itself. */
const RESERVED = ["node_modules", "favicon.ico", "create-rollcall-provider"];
const SCOPE = /^@[a-z0-9~-][a-z0-9._~-]*\//;
const SYSTEM = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const HOUSE_SCOPE = "@rollcall/";
/** npm's own limit. */
const MAX_LENGTH = 214;

/**
 * The names that follow from the one that was given.
 *
 * @throws Error in one line: what was given, what is expected, what to do.
 */
export function providerNames(given: string): ProviderNames {
  const kebab = given.replace(SCOPE, "");
  if (!SYSTEM.test(kebab)) {
    throw refused(
      given,
      "the system in lower case, as in my-system or @me/my-system: letters, digits and single hyphens, beginning with a letter",
    );
  }
  if (given.length > MAX_LENGTH) throw refused(given, `at most ${MAX_LENGTH} characters, npm's limit`);
  if (isBuiltin(given) || RESERVED.includes(given))
    throw refused(given, `a name that is free, not one of Node's or npm's own: rollcall-${kebab}?`);
  const pascal = kebab.replace(/(?:^|-)([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
  return { packageName: given, kebab, pascal, camel: `${pascal.charAt(0).toLowerCase()}${pascal.slice(1)}` };
}

/**
 * The same for a provider outside of Rollcall's checkout.
 *
 * @param dependencies - of its package: one that had the name of its own dependency would import itself
 * @throws as {@link providerNames}
 */
export function standaloneNames(given: string, dependencies: readonly string[]): ProviderNames {
  const names = providerNames(given);
  if (given.startsWith(HOUSE_SCOPE)) throw refused(given, `a scope of your own, because ${HOUSE_SCOPE} is Rollcall's; leave it out`);
  if (dependencies.includes(given))
    throw refused(given, `a name that none of the new package's own dependencies has; try rollcall-${names.kebab}`);
  return names;
}

function refused(given: string, expected: string): Error {
  const shown = given.length > 100 ? `${given.slice(0, 100)}…` : given;
  return new Error(`name: got ${JSON.stringify(shown)}, expected ${expected}`);
}

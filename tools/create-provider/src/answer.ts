import { relative } from "node:path";
import { HELP, readCommandLine } from "./command-line.js";
import type { Manifest } from "./manifests.js";
import { createHouseProvider, createProvider, OWN_MANIFEST } from "./provider-package.js";
import { afterwards, afterwardsInTheHouse } from "./what-next.js";

/** Where the generator was called. */
export interface Surroundings {
  /** The current directory. */
  readonly directory: string;
  /** How the package manager that runs this names itself (`npm_config_user_agent`). Default: it is taken for npm. */
  readonly agent?: string | undefined;
  /** The generator's `package.json`. Default: that of this one. */
  readonly own?: Manifest | undefined;
}

/**
 * Does what the command line says, and returns what to print.
 *
 * @throws Error whose message says in one line what was given, what is expected and what to do
 */
export function answer(args: readonly string[], { directory, agent, own = OWN_MANIFEST }: Surroundings): string {
  const request = readCommandLine(args);
  switch (request.kind) {
    case "help":
      return HELP;
    case "version":
      return `${own.version}\n`;
    case "workspace":
      return afterwardsInTheHouse(createHouseProvider(request.name, directory).names);
    case "create": {
      const created = createProvider(request.name, { parent: directory, directory: request.directory, own });
      return afterwards(created.names, relative(directory, created.directory), agent);
    }
  }
}

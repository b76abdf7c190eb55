import { releaseDryRun } from "../release-dry-run.js";
import { commonjs } from "./commonjs.js";
import { generatedProvider } from "./generated-provider.js";
import { installLinesWork } from "./install-lines.js";
import { twoCopies } from "./two-copies.js";

/** What else is proven from outside, by its name: each returns one line of what it has shown, and throws if it cannot. */
export const PROOFS: Readonly<Record<string, () => Promise<string>>> = {
  "two copies of core": twoCopies,
  "a CommonJS project": commonjs,
  "a generated provider": generatedProvider,
  "a release": releaseDryRun,
  "README's install lines": installLinesWork,
};

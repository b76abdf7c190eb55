import { versionPackages } from "./release.js";
import { ROOT } from "./workspace.js";

// `pnpm release:version`: what the next release changes in the checkout, to be reviewed and committed.

versionPackages(ROOT);

import { sourceConformance } from "@rollcall/testkit";
import { describe, it } from "vitest";
import { acmeDbHarness, CAPABILITIES } from "./support/harness.js";

sourceConformance("acmeDbMembers", acmeDbHarness, { ...CAPABILITIES, runner: { describe, it } });

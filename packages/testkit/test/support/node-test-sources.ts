import { describe, it } from "node:test";
import { sourceConformance } from "../../src/index.js";
import { BROKEN_SOURCES } from "../broken-sources.js";
import { CAPABILITIES, LineCluster } from "../line-cluster.js";
import { LineSource } from "../line-source.js";

const { move: _left, ...most } = CAPABILITIES;
const runner = { describe, it };
sourceConformance("the good one", () => LineCluster.start((seeds, token) => new LineSource(seeds, token)), { ...most, runner });

const broken = BROKEN_SOURCES["takes everything back"];
if (broken !== undefined) sourceConformance("the broken one", () => LineCluster.start(broken.make), { ...most, runner });

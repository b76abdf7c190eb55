import { describe, it } from "node:test";
import { sinkConformance } from "../../src/index.js";
import { Client, NeverForgets } from "./sinks.js";

sinkConformance("a good one", (feed) => new Client(feed), { runner: { describe, it } });
sinkConformance("one that never forgets", (feed) => new NeverForgets(feed), { timeoutMs: 30, runner: { describe, it } });

#!/usr/bin/env node
import { answer } from "./answer.js";

try {
  process.stdout.write(answer(process.argv.slice(2), { directory: process.cwd(), agent: process.env["npm_config_user_agent"] }));
} catch (error) {
  const [problem] = String(error instanceof Error ? error.message : error).split("\n");
  process.stderr.write(`create-rollcall-provider: ${problem} (--help says more)\n`);
  process.exitCode = 1;
}

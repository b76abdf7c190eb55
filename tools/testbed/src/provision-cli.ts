import { provisionsFor } from "./provisions.js";

// `provision [server…]`: gets servers into the cache, one line for each.

try {
  for (const { server, provision } of provisionsFor(process.argv.slice(2))) {
    const place = await provision().catch((error: unknown) => {
      process.exitCode = 1;
      return `not available: ${error instanceof Error ? error.message : String(error)}`;
    });
    process.stdout.write(`${server}: ${place}\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

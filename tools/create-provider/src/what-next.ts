import type { ProviderNames } from "./provider-names.js";

/**
 * What to do with a provider that stands by itself.
 *
 * @param directory - as seen from the current one; empty if it is that
 * @param agent - how the package manager that runs this names itself, if one does
 */
export function afterwards({ packageName }: ProviderNames, directory: string, agent = "npm"): string {
  const manager = /^(pnpm|yarn|bun)\//.exec(agent)?.[1] ?? "npm";
  const enter = directory === "" ? [] : [`cd ${quoted(directory)}`];
  // Of bun's commands `bun test` is another one.
  return told(
    `${packageName} is written.`,
    [...enter, `${manager} install`, `${manager} ${manager === "bun" ? "run " : ""}test`],
    "What to change is in README.md, in order.",
  );
}

/** What to do with a provider in Rollcall's own checkout. */
export function afterwardsInTheHouse({ packageName, kebab }: ProviderNames): string {
  const key = kebab.includes("-") ? JSON.stringify(kebab) : kebab;
  const lines = `packages/${kebab} is written. Three lines make it a part of the checkout: what it may import, to ROLES in tools/checks/src/roles.ts,

  ${key}: { kind: "provider", imports: ["@rollcall/core", "zod"] },

to the devDependencies in tools/examples/package.json, where the code of its README is run,

  "${packageName}": "workspace:*",

and, until an example imports it, to the ignoreDependencies of tools/examples in knip.json,

  "${packageName}",

Then:`;
  const last = `What to change is in packages/${kebab}/README.md, in order. \`pnpm check\` asks for what every published package needs: limits of
"${packageName}" and "${packageName}/simulator" in tools/checks/src/size-limits.ts, "${packageName}#check:pack" below check:size in
turbo.json, and README.md's table of sizes (\`pnpm check:size --write\`). It needs a line in the changeset as well: CONTRIBUTING.md,
"How a change should look".`;
  return told(lines, ["pnpm install --no-frozen-lockfile", "pnpm format", `pnpm test ${kebab}`], last);
}

/** For a shell, which takes everything between single quotes as it is. */
function quoted(path: string): string {
  return /^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function told(first: string, commands: readonly string[], last: string): string {
  return `${first}\n\n${commands.map((command) => `  ${command}\n`).join("")}\n${last}\n`;
}

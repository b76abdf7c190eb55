import ts from "typescript";
import { everyNode, hasModifier, type Rule } from "./violation.js";

/** Modules have named exports only. */
export const noDefaultExport: Rule = (file) =>
  everyNode(file, (node) => {
    if (ts.isExportAssignment(node) || hasModifier(node, ts.SyntaxKind.DefaultKeyword)) return "default export";
    return ts.isExportSpecifier(node) && node.name.text === "default" ? "default export" : undefined;
  });

/** What a module exports is written down name by name. */
export const noExportStar: Rule = (file) =>
  everyNode(file, (node) =>
    ts.isExportDeclaration(node) && (!node.exportClause || ts.isNamespaceExport(node.exportClause)) ? "export *" : undefined,
  );

/** Types erase to nothing: no enums, namespaces or parameter properties. */
export const onlyErasableSyntax: Rule = (file) =>
  everyNode(file, (node) => {
    if (ts.isEnumDeclaration(node)) return "enum";
    // `declare module "x"` adds to another package's types, and is erased.
    if (ts.isModuleDeclaration(node) && !ts.isStringLiteral(node.name)) return "namespace";
    return ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent) ? "parameter property" : undefined;
  });

/** `unknown` says the same as `any` and is checked. */
export const noAny: Rule = (file) => everyNode(file, (node) => (node.kind === ts.SyntaxKind.AnyKeyword ? "any" : undefined));

/** A library does not print. */
export const noConsole: Rule = (file) =>
  everyNode(file, (node) => (ts.isIdentifier(node) && node.text === "console" && !isPropertyName(node) ? "console" : undefined));

/** A finding is fixed, not silenced. */
export const noSuppression: Rule = (file) =>
  file.text.split("\n").flatMap((text, index) => {
    const found = /(\/\/|\/\*|\*)\s*(@ts-(ignore|nocheck|expect-error)|biome-ignore|eslint-disable)/.exec(text);
    return found ? [`${file.fileName}:${index + 1}: ${found[2]}`] : [];
  });

const TIME_AND_CHANCE: ReadonlySet<string> = new Set([
  "AbortSignal.timeout",
  "Date",
  "Math.random",
  "crypto.randomUUID",
  "globalThis.setInterval",
  "globalThis.setTimeout",
  "process.hrtime",
  "randomBytes",
  "randomInt",
  "randomUUID",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "node:perf_hooks",
  "node:timers",
  "node:timers/promises",
]);

/** Time and randomness come from the injected clock, so that every decision can be replayed. */
export const noAmbientTime: Rule = (file) =>
  everyNode(file, (node) => {
    const word = ambientWord(node);
    return word !== undefined && TIME_AND_CHANCE.has(word) ? word : undefined;
  });

function ambientWord(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.getText();
  if (ts.isStringLiteral(node)) return node.text.startsWith("node:") ? node.text : undefined;
  return ts.isIdentifier(node) && !isPropertyName(node) ? node.text : undefined;
}

/** Whether an identifier only names a member: `clock.setTimeout`, `{ setTimeout: … }`, `interface { setTimeout(): … }`. */
function isPropertyName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent)) &&
    parent.name === node
  );
}

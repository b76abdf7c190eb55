import { isBuiltin } from "node:module";
import ts from "typescript";
import { type Rule, violation } from "./violation.js";

/** One module that a file names, in `import`, `export … from` or `import()`. */
export interface Import {
  /** The place to report. */
  readonly node: ts.Node;
  /** The module, as written. */
  readonly specifier: string;
  /** Whether it vanishes when the types are erased. */
  readonly typeOnly: boolean;
  /** The names it takes as values, as the module calls them; `*` is the module as a whole. */
  readonly names: readonly string[];
}

/** Every module that a file names. */
export function importsOf(file: ts.SourceFile): readonly Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean, names: readonly string[]): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) found.push({ node, specifier: specifier.text, typeOnly, names });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node, node.moduleSpecifier, onlyTypes(node.importClause), namesOf(node.importClause?.namedBindings));
    if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly, namesOf(node.exportClause));
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node, node.arguments[0], false, ["*"]);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal, true, []);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function namesOf(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): readonly string[] {
  if (!bindings || ts.isNamespaceImport(bindings) || ts.isNamespaceExport(bindings)) return ["*"];
  return [...bindings.elements].filter((one) => !one.isTypeOnly).map((one) => (one.propertyName ?? one.name).text);
}

function onlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = clause;
  return !name && namedBindings !== undefined && ts.isNamedImports(namedBindings) && namedBindings.elements.every((one) => one.isTypeOnly);
}

/** The package behind a specifier: `@grpc/grpc-js/build/x.js` belongs to `@grpc/grpc-js`. */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** A package imports Node's built-ins, its own files and the packages it is allowed to. */
export function onlyImports(allowed: readonly string[]): Rule {
  return (file) =>
    importsOf(file)
      .filter(({ specifier }) => !specifier.startsWith("./") && !specifier.startsWith("../"))
      .filter(({ specifier }) => !(specifier.startsWith("node:") && isBuiltin(specifier)) && !allowed.includes(packageOf(specifier)))
      .map(({ node, specifier }) => violation(node, `imports ${specifier}; allowed: ${["node:*", ...allowed].join(", ")}`));
}

/** A second driver must stay one more transport file: nothing else, the simulator apart, knows the first. */
export function driverStaysInTransport(driver: string): Rule {
  return (file) =>
    /-transport\.ts$|\/simulator\//.test(file.fileName)
      ? []
      : importsOf(file)
          .filter(({ specifier }) => packageOf(specifier) === driver)
          .map(({ node }) => violation(node, `imports ${driver}; only *-transport.ts and simulator/ do`));
}

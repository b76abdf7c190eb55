import ts from "typescript";
import { importsOf } from "./import-rules.js";
import { everyNode, type Rule, violation } from "./violation.js";

const MAKES_A_CLUSTER = /^(start|provision|require|find)[A-Z]|simulat|^real[A-Z]|Real[A-Z]/;
const NAMES_A_KIND = /^(is|as)?(real|simulat(or|ed|ion)|testbed)$|^(is|has)?(real|simulated)[A-Z]/i;

/** A scenario is given its cluster: it imports no function that makes one, and no module as a whole that holds such functions. */
const startsNothing: Rule = (file) =>
  importsOf(file)
    .filter(({ typeOnly }) => !typeOnly)
    .filter(({ specifier, names }) => {
      if (specifier.endsWith("/simulator")) return true;
      const ours = specifier.startsWith(".") || specifier === "@rollcall/testbed";
      return names.some((name) => MAKES_A_CLUSTER.test(name) || (ours && name === "*"));
    })
    .map(({ node, specifier }) => violation(node, `imports what makes clusters of one kind from ${specifier}`));

/** A scenario does not look at what its cluster is made of. */
const asksNoKind: Rule = (file) =>
  everyNode(file, (node) => {
    if (node.kind === ts.SyntaxKind.InstanceOfKeyword) return "instanceof";
    if (readsKind(node)) return "asks for a kind";
    const word = (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && NAMES_A_KIND.test(node.text) ? node.text : undefined;
    return word === undefined ? undefined : `names a kind of cluster: ${word}`;
  });

function readsKind(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    // The names of the suite and the test say on what they run.
    return ["task", "suite"].includes(node.name.text) || (node.name.text === "kind" && /cluster$/i.test(node.expression.getText()));
  }
  if (!ts.isVariableDeclaration(node) || !ts.isObjectBindingPattern(node.name)) return false;
  const names = node.name.elements.map((element) => (element.propertyName ?? element.name).getText());
  return names.includes("kind") && /cluster$/i.test(node.initializer?.getText() ?? "");
}

/** The same scenario, with the same expectations, runs on the simulator and on a real cluster: it cannot tell them apart. */
export const knowsNoKind: Rule = (file) => [...startsNothing(file), ...asksNoKind(file)];

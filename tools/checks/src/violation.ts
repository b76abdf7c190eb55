import ts from "typescript";

/** Looks at one file and says what breaks the rule, as `path:line: message`. */
export type Rule = (file: ts.SourceFile) => readonly string[];

/** Words a violation so that an editor can jump to it. */
export function violation(node: ts.Node, message: string): string {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return `${file.fileName}:${line + 1}: ${message}`;
}

/** Asks `check` about every node of a file; what it returns is a violation's message. */
export function everyNode(file: ts.SourceFile, check: (node: ts.Node) => string | undefined): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const message = check(node);
    if (message !== undefined) found.push(violation(node, message));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Whether a declaration carries a keyword such as `export` or `static`. */
export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false);
}

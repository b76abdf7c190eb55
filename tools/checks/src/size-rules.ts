import ts from "typescript";
import { type Rule, violation } from "./violation.js";

/** The longest file, in lines. */
export const MAX_FILE_LINES = 250;
/** The longest function, in lines from its first to its last. */
export const MAX_FUNCTION_LINES = 50;

/** One screenful after another: files stay short. */
export const shortFiles: Rule = (file) => {
  const lines = lineCount(file);
  return lines > MAX_FILE_LINES ? [`${file.fileName}:${MAX_FILE_LINES + 1}: ${lines} lines, at most ${MAX_FILE_LINES}`] : [];
};

/** A function fits on one screen. */
export const shortFunctions: Rule = (file) =>
  functionLengths(file)
    .filter(({ lines }) => lines > MAX_FUNCTION_LINES)
    .map(({ node, lines }) => violation(node, `a function of ${lines} lines, at most ${MAX_FUNCTION_LINES}`));

/** Lines of a file, without the empty one behind the last line break. */
export function lineCount(file: ts.SourceFile): number {
  return file.text.replace(/\n$/, "").split("\n").length;
}

/** A function with a body and how many lines it takes. */
export interface FunctionLength {
  readonly node: ts.Node;
  readonly lines: number;
}

/** Every function, method, accessor and constructor of a file, the ones inside others too. */
export function functionLengths(file: ts.SourceFile): readonly FunctionLength[] {
  const found: FunctionLength[] = [];
  const lineAt = (position: number): number => file.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      found.push({ node, lines: lineAt(node.getEnd()) - lineAt(node.getStart(file)) + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

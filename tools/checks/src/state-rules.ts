import ts from "typescript";
import { hasModifier, type Rule, violation } from "./violation.js";

/** Objects that are made with `new` and do not remember anything. */
const STATELESS: ReadonlySet<string> = new Set(["RegExp", "TextDecoder", "TextEncoder"]);

/**
 * Nothing that changes lives in a module or in a class's static fields: two users in one process would collide.
 *
 * @param allowed - names that may, as `path#name`, each with the reason
 */
export function noModuleState(allowed: Readonly<Record<string, string>>): Rule {
  return (file) =>
    file.statements
      .flatMap((statement) => [...variables(statement), ...staticFields(statement)])
      .flatMap(({ name, node }) => {
        const key = `${file.fileName}#${name}`;
        return key in allowed ? [] : [violation(node, `module-level mutable state: ${name}`)];
      });
}

interface State {
  readonly name: string;
  readonly node: ts.Node;
}

function variables(statement: ts.Statement): readonly State[] {
  if (!ts.isVariableStatement(statement)) return [];
  const { declarationList } = statement;
  const reassignable = (declarationList.flags & ts.NodeFlags.Const) === 0;
  return declarationList.declarations
    .filter((declaration) => reassignable || changes(declaration))
    .map((node) => ({ name: node.name.getText(), node }));
}

function staticFields(statement: ts.Statement): readonly State[] {
  if (!ts.isClassDeclaration(statement)) return [];
  return statement.members
    .filter((member) => ts.isPropertyDeclaration(member))
    .filter((member) => hasModifier(member, ts.SyntaxKind.StaticKeyword))
    .filter((member) => !hasModifier(member, ts.SyntaxKind.ReadonlyKeyword) || changes(member))
    .map((node) => ({ name: node.name.getText(), node }));
}

/** Whether a constant holds something that is made to be changed and is not declared read-only. */
function changes({ type, initializer }: ts.VariableDeclaration | ts.PropertyDeclaration): boolean {
  if (!initializer || /^(readonly |Readonly)/.test(type?.getText() ?? "")) return false;
  if (ts.isArrayLiteralExpression(initializer)) return initializer.elements.length === 0;
  if (ts.isObjectLiteralExpression(initializer)) return initializer.properties.length === 0;
  return ts.isNewExpression(initializer) && !STATELESS.has(initializer.expression.getText());
}

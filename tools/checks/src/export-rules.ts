import ts from "typescript";
import { hasModifier, type Rule, violation } from "./violation.js";

/** Every export says what it means. */
export const documentedExports: Rule = (file) =>
  exportedDeclarations(file)
    .filter((declaration) => !isDocumented(declaration))
    .map((declaration) => violation(declaration, `undocumented export: ${nameOf(declaration)}`));

/** Every field of the options that users write says what it means; `names` are the package's public names. */
export function documentedOptions(names: readonly string[]): Rule {
  return (file) =>
    exportedDeclarations(file)
      .filter((declaration) => names.includes(nameOf(declaration)))
      .flatMap((declaration) =>
        optionsOf(declaration)
          .filter((member) => !isDocumented(member) && !isNamedByParam(declaration, member))
          .map((member) => violation(member, `undocumented option: ${nameOf(declaration)}.${member.name?.getText()}`)),
      );
}

/** The fields of an interface of options, or of the options that a function declares in its parameters. */
function optionsOf(declaration: ts.Node): readonly ts.TypeElement[] {
  if (ts.isInterfaceDeclaration(declaration)) return declaration.name.text.endsWith("Options") ? declaration.members : [];
  if (!ts.isFunctionDeclaration(declaration)) return [];
  return declaration.parameters.flatMap(({ type }) => (type !== undefined && ts.isTypeLiteralNode(type) ? type.members : []));
}

/** Whether the doc of a function says of a field, in backticks, what it means. */
function isNamedByParam(declaration: ts.Node, member: ts.TypeElement): boolean {
  const docs = ts.getJSDocTags(declaration).filter((tag) => ts.isJSDocParameterTag(tag));
  return docs.some((doc) => doc.getText().includes(`\`${member.name?.getText()}\``));
}

/** Whether a declaration has a doc comment of its own. */
export function isDocumented(declaration: ts.Node): boolean {
  const holder = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.getJSDocCommentsAndTags(holder).some((doc) => ts.isJSDoc(doc) && (doc.comment !== undefined || doc.tags !== undefined));
}

/** What a file declares and exports, whether at the declaration or in a list; re-exports belong to the other file. */
export function exportedDeclarations(file: ts.SourceFile): readonly ts.Node[] {
  const listed = new Set(localExportNames(file));
  return file.statements
    .filter((statement) => ts.isDeclarationStatement(statement) || ts.isVariableStatement(statement))
    .flatMap((statement): readonly ts.Node[] => {
      const declarations = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
      if (hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return declarations;
      return declarations.filter((declaration) => listed.has(nameOf(declaration)));
    })
    .filter(isFirstOverload);
}

function localExportNames(file: ts.SourceFile): readonly string[] {
  return file.statements
    .filter((statement) => ts.isExportDeclaration(statement))
    .filter(({ moduleSpecifier }) => moduleSpecifier === undefined)
    .flatMap(({ exportClause }) => (exportClause && ts.isNamedExports(exportClause) ? [...exportClause.elements] : []))
    .map((element) => (element.propertyName ?? element.name).text);
}

/** The implementation behind overloads is not what callers see. */
function isFirstOverload(declaration: ts.Node, index: number, all: readonly ts.Node[]): boolean {
  if (!ts.isFunctionDeclaration(declaration)) return true;
  return all.findIndex((other) => ts.isFunctionDeclaration(other) && nameOf(other) === nameOf(declaration)) === index;
}

function nameOf(declaration: ts.Node): string {
  return (declaration as ts.NamedDeclaration).name?.getText() ?? "default";
}

/** What a package shows to its users. */
export interface PublicNames {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/** The names that an index file exports. Exact without a type checker, because types are exported as `type`. */
export function publicNames(index: ts.SourceFile): PublicNames {
  const values: string[] = [];
  const types: string[] = [];
  for (const statement of index.statements) {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) continue;
    for (const element of statement.exportClause.elements) {
      (statement.isTypeOnly || element.isTypeOnly ? types : values).push(element.name.text);
    }
  }
  for (const declaration of index.statements.filter((statement) => hasModifier(statement, ts.SyntaxKind.ExportKeyword))) {
    const erased = ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration);
    (erased ? types : values).push(nameOf(ts.isVariableStatement(declaration) ? firstVariable(declaration) : declaration));
  }
  return { values, types };
}

function firstVariable(statement: ts.VariableStatement): ts.Node {
  return statement.declarationList.declarations[0] ?? statement;
}

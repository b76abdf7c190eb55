import { join } from "node:path";
import { REPOSITORY, SOURCE_CONDITION } from "./manifest-rules.js";
import { type Package, publishedPackages, ROOT } from "./workspace.js";

// Writes the API reference of every entry of every package as HTML to temp/api. Whatever typedoc warns of is an error: a link that
// leads nowhere, an export that nothing describes, a type that users see and cannot import.

/** What is used of typedoc, whose own types need those of a browser. */
interface TypeDoc {
  readonly Application: { bootstrap(options: Readonly<Record<string, unknown>>): Promise<Application> };
}

interface Application {
  readonly logger: { validationWarning(text: string): void; hasErrors(): boolean; hasWarnings(): boolean };
  convert(): Promise<Project | undefined>;
  validate(project: Project): void;
  generateDocs(project: Project, directory: string): Promise<void>;
}

interface Project {
  readonly children?: { name: string; readonly sources?: readonly { readonly fullFileName: string }[] }[];
}

const typedoc = "typedoc";
const { Application } = (await import(typedoc)) as TypeDoc;
const packages = publishedPackages();
const entries = new Map(packages.flatMap(entriesOf));

const app = await Application.bootstrap({
  name: "Rollcall",
  entryPoints: [...entries.keys()],
  tsconfig: join(ROOT, "tools/checks/tsconfig.api.json"),
  skipErrorChecking: true, // check:types does that
  readme: "none",
  validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: true },
  packagesRequiringDocumentation: packages.map(({ manifest }) => manifest.name),
  excludePrivate: true,
  excludeInternal: true,
  disableGit: true,
  sourceLinkTemplate: `${REPOSITORY}/blob/main/packages/{path}#L{line}`,
  logLevel: "Warn",
});
const warn = app.logger.validationWarning.bind(app.logger);
app.logger.validationWarning = (text) => {
  if (!text.includes(".__type")) warn(text); // what a type is made of without an interface is described as a whole
};
const project = await app.convert();
if (project) {
  for (const module of project.children ?? []) module.name = entries.get(`${module.sources?.[0]?.fullFileName}`) ?? module.name;
  app.validate(project);
  await app.generateDocs(project, join(ROOT, "temp", "api"));
}
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;

/** The source of every entry, and the name it is imported by. */
function entriesOf({ directory, manifest }: Package): readonly (readonly [file: string, name: string])[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([path, target]) => {
    if (typeof target === "string") return [];
    return [[join(directory, target[SOURCE_CONDITION] ?? ""), `${manifest.name}${path.slice(1)}`] as const];
  });
}

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel, type IConfigFile } from "@microsoft/api-extractor";
import type { Manifest } from "./manifest-rules.js";

// Writes `etc/<name>.api.md` for every entry of the package in the current folder: its public surface, to be reviewed with the
// change that alters it. With CI=true nothing is written and a report that is out of date is an error.

const { CI } = process.env;
const directory = process.cwd();
const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
const name = manifest.name.split("/")[1] ?? manifest.name;

/** What the main entry exports; the other entries of a package may speak of it. */
const mainEntry = readFileSync(join(directory, "dist", "index.d.ts"), "utf8");

mkdirSync(join(directory, "etc"), { recursive: true });
for (const [path, target] of Object.entries(manifest.publishConfig?.exports ?? {})) {
  if (typeof target === "string") continue;
  const { succeeded } = Extractor.invoke(configuration(target["types"] ?? "", `${name}${path.slice(1).replaceAll("/", "-")}`), {
    localBuild: CI !== "true",
    messageCallback: (message) => {
      if (message.logLevel === ExtractorLogLevel.Verbose || message.messageId === "console-compiler-version-notice") message.handled = true;
      const [, forgotten] = message.messageId === "ae-forgotten-export" && path !== "." ? message.text.split('"') : [];
      if (forgotten !== undefined && new RegExp(`\\b${forgotten}\\b`).test(mainEntry)) message.logLevel = ExtractorLogLevel.None;
    },
  });
  if (!succeeded) process.exitCode = 1;
}

function configuration(types: string, reportName: string): ExtractorConfig {
  const configObject: IConfigFile = {
    projectFolder: directory,
    mainEntryPointFilePath: join(directory, types),
    compiler: { tsconfigFilePath: join(directory, "tsconfig.json") },
    apiReport: {
      enabled: true,
      reportFileName: `${reportName}.api.md`,
      reportFolder: join(directory, "etc"),
      reportTempFolder: join(directory, "temp", "etc"),
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    messages: {
      compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Warning } },
      extractorMessageReporting: {
        default: { logLevel: ExtractorLogLevel.Warning },
        // Everything that is exported is public; release tags would say so on every line.
        "ae-missing-release-tag": { logLevel: ExtractorLogLevel.None },
        // The architecture tests ask for docs, and let a class inherit those of its interface.
        "ae-undocumented": { logLevel: ExtractorLogLevel.None },
      },
      tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.Warning } },
    },
  };
  return ExtractorConfig.prepare({ configObject, configObjectFullPath: undefined, packageJsonFullPath: join(directory, "package.json") });
}

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { packedPackage } from "../packed.js";
import { ROOT } from "../workspace.js";

/** What an empty project is filled with. */
export interface ProjectOptions {
  /** What installs it. */
  readonly manager: "npm" | "pnpm";
  /** Folders of our packages, as in `core`, `kafka`, `create-provider`: their tarballs are installed. */
  readonly packages: readonly string[];
  /** Packages of others with their ranges. Default none. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** What is written before anything is installed: path to text. */
  readonly files: Readonly<Record<string, string>>;
  /** What a `.js` file is. Default `module`. */
  readonly type?: "module" | "commonjs";
  /** The Node that installs and runs everything: the path of its program. Default this one. */
  readonly node?: string;
}

/** An empty project, far from the workspace, in which our tarballs are installed as a user would. */
export interface OutsideProject {
  readonly directory: string;
  /**
   * Runs a program in the project and returns what it printed: `node`, what is in its `node_modules/.bin`, or what is on the path.
   * Throws with all that it said if it ends badly, or not within five minutes.
   */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): string;
  /** Removes the project. */
  close(): void;
}

const LONGEST_MS = 300_000;
const INSTALL = {
  npm: "npm install --prefer-offline --no-audit --no-fund",
  pnpm: "npx -y --prefer-offline pnpm@12 install --prefer-offline --no-frozen-lockfile",
} as const;

/**
 * Makes a project in the temp folder and installs into it.
 *
 * @throws Error if a package has not been packed, or if it cannot be installed
 */
export function outsideProject(options: ProjectOptions): OutsideProject {
  const tarballs = Object.fromEntries(options.packages.map(packedPackage).map(({ name, tarball }) => [name, `file:${tarball}`]));
  const directory = mkdtempSync(join(tmpdir(), "rollcall-outside-"));
  const programs = (process.env["PATH"] ?? "").split(delimiter).filter((path) => !path.startsWith(ROOT));
  const path = [join(directory, "node_modules", ".bin"), dirname(options.node ?? process.execPath), ...programs].join(delimiter);
  const project: OutsideProject = {
    directory,
    run: (program, args, env) => output(program, args, { cwd: directory, env: { ...outsideEnvironment(process.env), PATH: path, ...env } }),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
  try {
    writeFiles(directory, { ...manifests(options, tarballs), ...options.files });
    const [program = "", ...args] = INSTALL[options.manager].split(" ");
    project.run(program, args);
  } catch (error) {
    project.close();
    throw error;
  }
  return project;
}

/** Writes files below a folder, and the folders that they need. */
export function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

/**
 * What the project says of itself; our packages find each other as tarballs, whoever asks for them. To pnpm it says of install scripts what
 * README.md tells users to say.
 */
function manifests(options: ProjectOptions, tarballs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { manager, type = "module", dependencies } = options;
  const manifest = { name: "outside", version: "1.0.0", private: true, type, dependencies: { ...dependencies, ...tarballs } };
  if (manager === "npm") return { "package.json": JSON.stringify({ ...manifest, overrides: tarballs }) };
  const settings = { overrides: tarballs, strictPeerDependencies: true, allowBuilds: { protobufjs: false } };
  return { "package.json": JSON.stringify(manifest), "pnpm-workspace.yaml": JSON.stringify(settings) };
}

/** An environment without what the workspace's package manager told its scripts; the ways to the registry stay. */
export function outsideEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = /^(npm_|pnpm_|turbo_|vitest|init_cwd$|node_options$|node_path$|node_env$|tinypool)/i;
  const waysOut = /^npm_config_(registry|proxy|https_proxy|http_proxy|noproxy|cafile|ca|strict_ssl|userconfig|globalconfig|cache)$/i;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !ours.test(name) || waysOut.test(name)));
}

function output(program: string, args: readonly string[], where: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): string {
  const { error, status, signal, stdout, stderr } = spawnSync(program, args, { ...where, encoding: "utf8", timeout: LONGEST_MS });
  const said = `${stdout ?? ""}${stderr ?? ""}`;
  if (error) throw new Error(`${program} ${args.join(" ")}: ${error.message}\n${said}`, { cause: error });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status ?? signal}\n${said}`);
  return stdout;
}

import { parseArgs } from "node:util";

/** One cell of the compatibility matrix: which version of each runs together. */
export interface Cell {
  /** Major and minor version of etcd. */
  readonly etcd: string;
  /** Major and minor version of `@grpc/grpc-js`. */
  readonly grpcJs: string;
  /** Major version of Node. */
  readonly node: string;
}

/** What the matrix spans. */
export const VERSIONS: Readonly<Record<keyof Cell, readonly string[]>> = {
  etcd: ["3.4", "3.5", "3.6", "3.7"],
  grpcJs: ["1.12", "1.13", "1.14"],
  node: ["20", "22", "24"],
};

const ALL: readonly Cell[] = VERSIONS.etcd.flatMap((etcd) =>
  VERSIONS.node.flatMap((node) => VERSIONS.grpcJs.map((grpcJs) => ({ etcd, grpcJs, node }))),
);

// Every version of grpc-js and Node once. etcd 3.4 has its own suite among the real ones.
const SETS: Readonly<Record<string, readonly Cell[]>> = {
  all: ALL,
  ci: [
    { etcd: "3.5", grpcJs: "1.12", node: "20" },
    { etcd: "3.6", grpcJs: "1.13", node: "22" },
    { etcd: "3.7", grpcJs: "1.14", node: "24" },
  ],
};

/**
 * How many tests a cell has at least: as many as the scenarios in `tools/testbed/test/etcd-cell.matrix.test.ts` made when this was written.
 * For 3.4 one test stands in for the three that need authentication or TLS as later versions have it.
 */
export function expectedTests({ etcd }: Cell): number {
  return etcd === "3.4" ? 15 : 17;
}

/** A cell by its name, as in `etcd 3.6, grpc-js 1.12, Node 22`. */
export function cellName({ etcd, grpcJs, node }: Cell): string {
  return `etcd ${etcd}, grpc-js ${grpcJs}, Node ${node}`;
}

/**
 * The cells that the arguments ask for: of `--cells all` (the default) or `--cells ci` those that match `--etcd`, `--grpc-js` and
 * `--node`, each of which may be given several times. Throws an error of one line when they name what is not known, or no cell.
 */
export function cellsFrom(args: readonly string[]): readonly Cell[] {
  const several = { type: "string", multiple: true } as const;
  const options = { cells: { type: "string" }, etcd: several, "grpc-js": several, node: several } as const;
  const { cells = "all", etcd, "grpc-js": grpcJs, node } = parseArgs({ args: [...args], options }).values;
  const wanted = {
    etcd: known("--etcd", etcd, VERSIONS.etcd),
    grpcJs: known("--grpc-js", grpcJs, VERSIONS.grpcJs),
    node: known("--node", node, VERSIONS.node),
  };
  const [set = ""] = known("--cells", [cells], Object.keys(SETS));
  const chosen = (SETS[set] ?? []).filter(
    (cell) => wanted.etcd.includes(cell.etcd) && wanted.grpcJs.includes(cell.grpcJs) && wanted.node.includes(cell.node),
  );
  if (chosen.length === 0) throw new Error(`no cell of "${set}" matches; it has: ${SETS[set]?.map(cellName).join("; ")}`);
  return chosen;
}

function known(option: string, given: readonly string[] = [], values: readonly string[]): readonly string[] {
  const wrong = given.find((value) => !values.includes(value));
  if (wrong !== undefined) throw new Error(`${option} ${wrong}: known are ${values.join(", ")}`);
  return given.length === 0 ? values : given;
}

/** One cell of the matrix: with what our packages are installed, run and compiled. */
export interface Cell {
  readonly manager: "npm" | "pnpm";
  /** Major version of Node. */
  readonly node: string;
  /** Major and minor version of TypeScript. */
  readonly typescript: string;
  /** `moduleResolution` of the project. */
  readonly resolution: "node16" | "bundler";
}

/** What the matrix spans. */
export const VERSIONS: { readonly [dimension in keyof Cell]: readonly Cell[dimension][] } = {
  manager: ["npm", "pnpm"],
  node: ["20", "22", "24", "26"],
  typescript: ["5.4", "5.9", "6.0", "7.0"],
  resolution: ["node16", "bundler"],
};

/** Every Node with every TypeScript; the other two dimensions are laid over them so that all pairs of two values occur. */
const ALL: readonly Cell[] = VERSIONS.node.flatMap((node, row) =>
  VERSIONS.typescript.map((typescript, column): Cell => {
    const halves = Math.floor(row / 2) + Math.floor(column / 2);
    return { manager: (row + column) % 2 ? "pnpm" : "npm", node, typescript, resolution: halves % 2 ? "bundler" : "node16" };
  }),
);

// Every value of every dimension.
const CI = ["20 5.4", "22 6.0", "24 5.9", "26 7.0"];

/** The cells that `--cells` can name. */
export const SETS: Readonly<Record<"all" | "ci", readonly Cell[]>> = {
  all: ALL,
  ci: ALL.filter(({ node, typescript }) => CI.includes(`${node} ${typescript}`)),
};

/** A cell by its name, as in `npm, Node 20, TypeScript 5.4, node16`. */
export function cellName({ manager, node, typescript, resolution }: Cell): string {
  return `${manager}, Node ${node}, TypeScript ${typescript}, ${resolution}`;
}

/** The cells of a set. Throws an error of one line if there is no such set. */
export function cellsOf(set: string): readonly Cell[] {
  if (set === "all" || set === "ci") return SETS[set];
  throw new Error(`--cells ${set}: known are ${Object.keys(SETS).join(", ")}`);
}

/** The `tsconfig.json` of a provider that stands by itself: as strict as Rollcall's own. */
export const STANDALONE: object = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    types: ["node"],
    module: "nodenext",
    moduleResolution: "nodenext",
    rootDir: "src",
    outDir: "dist",
    declaration: true,
    declarationMap: true,
    sourceMap: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    isolatedDeclarations: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    noImplicitOverride: true,
    noPropertyAccessFromIndexSignature: true,
    noImplicitReturns: true,
    noFallthroughCasesInSwitch: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    // What others declare is theirs to mend.
    skipLibCheck: true,
    forceConsistentCasingInFileNames: true,
  },
  include: ["src"],
};

/** The `test/tsconfig.json` beside it: tests are checked, and never built. */
export const STANDALONE_TESTS: object = {
  extends: "../tsconfig.json",
  compilerOptions: { rootDir: "..", noEmit: true },
  include: ["../src", "."],
};

/** The `tsconfig.json` of a provider in Rollcall's own checkout; its tests are checked by that of the root. */
export const HOUSE: object = {
  extends: "../../tsconfig.base.json",
  compilerOptions: { rootDir: "src", outDir: "dist" },
  include: ["src"],
  references: [{ path: "../core" }],
};

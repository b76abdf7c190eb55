import type { ModelSource } from "./model-source.js";
import { answers, isSilent, refuses, type Serves } from "./probing-source.js";

/** What a member may do when it is asked whether it serves, by name. */
export function probeBehaviours(source: ModelSource): readonly (readonly [name: string, serves: Serves])[] {
  const { clock } = source;
  const later = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimeout(resolve, ms));
  let flaps = 0;
  return [
    ["answering", answers],
    ["answering within 30 ms", source.after(30)],
    ["answering within 300 ms", source.after(300)],
    ["refusing", refuses],
    ["refusing within 60 ms", () => later(60).then(() => Promise.reject("refused"))],
    ["hanging", isSilent],
    ["hanging and deaf", () => new Promise<never>(() => undefined)],
    ["flapping", (context) => [answers, refuses, isSilent][flaps++ % 3]?.(context) ?? Promise.resolve()],
    ["late", source.after(900)],
    ["late and deaf", () => later(900)],
    ["refusing late and deaf", () => later(900).then(() => Promise.reject(new Error("too late")))],
    ["throwing at once", throwsAtOnce],
    ["refusing with nothing", () => Promise.reject(undefined)],
  ];
}

function throwsAtOnce(): never {
  throw new TypeError("no such client");
}

import type { Dice } from "./model-journal.js";
import type { Life } from "./model-life.js";
import type { ModelSink } from "./model-sink.js";

/** What a sink may do while it is told of a new set, by name. It may end the life only where `mayClose` says so. */
export function sinkBehaviours(life: Life, sink: ModelSink, dice: Dice): readonly (readonly [name: string, behaviour: () => unknown])[] {
  const later = (ms: number): Promise<void> => new Promise((resolve) => life.time.setTimeout(resolve, ms));
  const first = (): string => life.poller.snapshot?.endpoints[0]?.id ?? "a";
  const behaviours: (readonly [string, () => unknown])[] = [
    ["good", () => undefined],
    ["good", () => undefined],
    ["slow", () => later(700)],
    ["very slow", () => later(6_000)],
    ["throwing", refuse],
    ["throwing nothing", refuseWithoutReason],
    ["rejecting", () => Promise.reject(new Error("rejected"))],
    ["rejecting after a while", () => later(300).then(refuse)],
    ["hanging for ever", () => new Promise<never>(() => undefined)],
    ["leaving", () => sink.leave()],
    ["leaving and failing", () => refuse(sink.leave())],
    ["refreshing", () => life.refresh()],
    ["suspecting", () => life.suspect([first()])],
    ["suspecting and failing", () => refuse(life.suspect([first()]))],
    ["letting others in", () => void (life.sinks.length < 12 && life.subscribe(dice))],
    ["sending others away", () => life.sinks.at(0)?.leave()],
    ["awaiting itself", () => life.poller.snapshot && life.poller.ready()],
  ];
  if (life.kind.mayClose) behaviours.push(["closing", () => life.close()], ["closing and failing", () => refuse(life.close())]);
  return behaviours;
}

function refuse(_after?: unknown): never {
  throw new Error("not applied");
}

function refuseWithoutReason(): never {
  const nothing: unknown = undefined;
  throw nothing as Error;
}

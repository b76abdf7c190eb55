import { fork } from "node:child_process";
import { once } from "node:events";
import { measurePolls, type PollCost, type Span, type StartWay } from "./measure-polls.js";

/** What one process measures. */
export interface PollTask<A> extends Span {
  /** Name of the way. */
  readonly way: string;
  /** Who is asked, for what. */
  readonly asked: A;
}

const WITHIN_MS = 180_000;

/**
 * Measures one way in a process of its own: the processor time of a process cannot be told apart. Undefined when that failed, which the process has said itself, or
 * took longer than three minutes.
 *
 * @param child - a module that calls `measureForParent`
 */
export async function measureApart<A>(child: string, task: PollTask<A>): Promise<PollCost | undefined> {
  const measuring = fork(child, [JSON.stringify(task)], { timeout: WITHIN_MS, killSignal: "SIGKILL" });
  let cost: PollCost | undefined;
  measuring.on("message", (message) => {
    cost = message as PollCost;
  });
  const [code] = (await once(measuring, "exit")) as [number | null];
  return code === 0 ? cost : undefined;
}

/** The other side of `measureApart`: ends this process, whatever a client has left behind in it. */
export async function measureForParent<A>(ways: Readonly<Record<string, StartWay<A>>>): Promise<void> {
  const { way, asked, ...span } = JSON.parse(process.argv[2] ?? "") as PollTask<A>;
  const start = ways[way];
  if (start === undefined) throw new Error(`no way is called ${way}`);
  const cost = await measurePolls(() => start(asked), span);
  process.send?.(cost, () => process.exit());
}

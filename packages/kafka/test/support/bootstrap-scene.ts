import { type Endpoint, MetadataPoller, type PollerOptions } from "@rollcall/core";
import { ManualClock, type Script, type ScriptedAnswer, ScriptedSource } from "@rollcall/testkit";

/** A source that can be asked whether a broker serves. */
export class ProbedSource extends ScriptedSource {
  /** Ids of the brokers that do not answer. */
  readonly down = new Set<string>();
  /** Who was asked, in order. */
  readonly probed: string[] = [];

  async probe({ id }: Endpoint): Promise<void> {
    this.probed.push(id);
    if (this.down.has(id)) throw new Error(`broker ${id} refused`);
  }
}

/** A poller on a cluster that a test scripts, in time that it controls. */
export interface BootstrapScene {
  readonly clock: ManualClock;
  readonly source: ProbedSource;
  readonly poller: MetadataPoller<ScriptedAnswer>;
}

/** Nothing is asked before somebody listens. The interval is 30 s, the floor 1 s. */
export function bootstrapScene(script: Script, options: PollerOptions = {}): BootstrapScene {
  const clock = new ManualClock();
  const source = new ProbedSource(clock, script);
  return { clock, source, poller: new MetadataPoller(source, { clock, ...options }) };
}

/** A scene whose cluster lists these brokers. */
export function clusterOf(...endpoints: readonly Endpoint[]): BootstrapScene {
  return bootstrapScene(() => ({ endpoints }));
}

/** `broker(1, "az1")` is `kafka-1.test:9092` in the rack `az1`. */
export function broker(id: number, rack?: string): Endpoint {
  return { id: `${id}`, host: `kafka-${id}.test`, port: 9092, attributes: rack === undefined ? {} : { rack } };
}

/** What calls are answered with while no time passes: a poll that is due answers. Undefined if one of them waits. */
export async function atOnce(clock: ManualClock, ...calls: readonly Promise<string[]>[]): Promise<string[] | undefined> {
  let answers: string[] | undefined;
  void Promise.all(calls).then((all) => {
    answers = all.flat();
  });
  await clock.advance(0);
  return answers;
}

/** Answers of that many calls, one after the other, while no time passes. */
export async function picks(clock: ManualClock, brokers: () => Promise<string[]>, count: number): Promise<string[]> {
  const answers: string[] = [];
  for (let call = 0; call < count; call += 1) answers.push(...((await atOnce(clock, brokers())) ?? ["it waits"]));
  return answers;
}

/** How often each comes up. */
export function tally(answers: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}

import { settle } from "@rollcall/testkit";
import type { EtcdMembersOptions } from "../../src/etcd-members-options.js";
import type { Behaviour } from "./fake-transport.js";
import { type ListedMember, memberList } from "./member-list.js";
import { type Harness, harness } from "./source-harness.js";

const ABC: readonly ListedMember[] = ["a", "b", "c"].map((host, index) => ({ id: `${index + 1}`, urls: [`http://${host}:1`] }));

/** The answer of member `from` of a cluster: by default of three, 1 at `a`, 2 at `b` and 3 at `c`. */
export function cluster(from: string, members: readonly ListedMember[] = ABC): Behaviour {
  return () => memberList(members, { from });
}

/** A source that is being polled. */
export interface Polled extends Harness {
  /** How often it asked for a poll. */
  changed: number;
  /** Ends the polling. */
  readonly stop: () => void;
}

/** A source with the seeds `a`, `b` and `c` that somebody watches; nobody has been asked. */
export function watched(options: Partial<EtcdMembersOptions> = {}, random?: () => number): Polled {
  const setup = harness({ seeds: ["a:1", "b:1", "c:1"], ...options }, random);
  ABC.forEach(({ id, urls = [] }) => {
    for (const url of urls) setup.transport.members.set(url, cluster(id));
  });
  const controller = new AbortController();
  const state = { ...setup, changed: 0, stop: () => controller.abort() };
  setup.source.watch?.({ signal: controller.signal, changed: () => (state.changed += 1) });
  return state;
}

/** The same after one poll, which `a` answered; the spare leads to `b`. */
export async function polled(options: Partial<EtcdMembersOptions> = {}): Promise<Polled> {
  const state = watched(options);
  await state.fetch();
  await settle();
  return state;
}

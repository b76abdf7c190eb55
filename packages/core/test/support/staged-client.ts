import { type LiveClient, liveClient } from "../../src/index.js";
import { settle } from "./manual-clock.js";
import { ids } from "./scripted-source.js";
import { StagedFeed } from "./staged-feed.js";

/** A client that knows which members it was made of. */
export interface Client {
  readonly of: string;
}

/** One call of a slow `create`, which ends when the test says so. */
interface Creation {
  readonly of: string;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

/** How the clients of one test behave. */
interface Behaviour {
  readonly drainMs?: number | undefined;
  /** Called inside `create`; what it returns, if anything, is the client. */
  readonly create?: (of: string) => Client | Promise<Client> | undefined;
  /** Called inside `dispose`. */
  readonly dispose?: (client: Client) => unknown;
}

/** A live client on a staged feed, and what became of its clients. */
export function staged({ drainMs, create, dispose }: Behaviour = {}) {
  const feed = new StagedFeed();
  const created: string[] = [];
  const disposed: string[] = [];
  const live: LiveClient<Client> = liveClient(
    feed,
    (endpoints) => {
      const of = ids(endpoints);
      created.push(of);
      return create?.(of) ?? { of };
    },
    {
      dispose: (client: Client) => {
        disposed.push(client.of);
        return dispose?.(client);
      },
      drainMs,
      clock: feed.clock,
    },
  );
  return { feed, clock: feed.clock, live, created, disposed };
}

/** The same, with a `create` that ends when the test says so. */
export function stagedSlow(behaviour: Omit<Behaviour, "create"> = {}) {
  const creations: Creation[] = [];
  const create = (of: string): Promise<Client> =>
    new Promise((resolve, reject) => creations.push({ of, done: () => resolve({ of }), fail: reject }));
  return { ...staged({ ...behaviour, create }), creations };
}

/** Whether a promise has not settled, though everything that can happen has. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const over = (): void => {
    pending = false;
  };
  void promise.then(over, over);
  await settle();
  return pending;
}

import { MetadataPoller, type MetadataSource, type PollerOptions } from "@rollcall/core";
import { afterAll, beforeAll, type TestContext } from "vitest";

/** What ends with the test. Every scenario uses its own test's context, so that scenarios can run side by side. */
export type Test = Pick<TestContext, "onTestFinished">;

/** A cluster, or whatever else was started for one test, which ends with it. */
export async function lasting<C extends AsyncDisposable>(test: Test, starting: Promise<C>): Promise<C> {
  const started = await starting;
  test.onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

/** One cluster for all scenarios of this suite, each of which leaves it as it found it. */
export function shared<C extends AsyncDisposable>(start: () => Promise<C>): () => C {
  let cluster: C | undefined;
  beforeAll(async () => {
    cluster = await start();
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());
  return () => present(cluster, "the cluster");
}

/** A poller of a source, closed with the test. */
export function pollerOf<T>(test: Test, source: MetadataSource<T>, options: PollerOptions = {}): MetadataPoller<T> {
  const poller = new MetadataPoller(source, options);
  test.onTestFinished(() => poller.close());
  return poller;
}

/** What is there; throws when it is not. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not there`);
  return value;
}

import type { IKeyValue } from "etcd3";
import { expect } from "vitest";

/** What a watch has told of a key. */
export interface ToldEvent {
  readonly type: string;
  readonly kv: { readonly key: Buffer; readonly mod_revision: string };
}

/**
 * That these are all events of these keys, in order, none twice, and no deletion among them. What is stored says how often: `etcd3` repeats a write that it heard nothing of, so that a key
 * may have been put twice, even long after, by a member that was frozen.
 */
export function expectEvery(events: readonly ToldEvent[], stored: readonly IKeyValue[]): void {
  const revisions = events.map(({ kv }) => Number(kv.mod_revision));
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
  const told = new Map<string, string[]>();
  for (const { type, kv } of events) {
    const name = `${type.toUpperCase()} ${kv.key}`;
    told.set(name, [...(told.get(name) ?? []), kv.mod_revision]);
  }
  expect([...told].map(([name, at]) => `${name}, ${at.length} times, last at ${at.at(-1)}`).sort()).toEqual(
    stored.map(({ key, version, mod_revision }) => `PUT ${key}, ${version} times, last at ${mod_revision}`).sort(),
  );
}

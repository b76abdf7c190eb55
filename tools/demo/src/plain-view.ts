import { seconds } from "./frame.js";
import { isDead, type Scene } from "./scene.js";
import type { View } from "./view.js";

/** More often, the numbers say nothing new. */
const NUMBERS_EVERY_MS = 1_000;

/** Writes one line per change and step, and before a step, once a second at most, one with the numbers. */
export function plainView(scene: () => Scene, write: (text: string) => void): View {
  const print = (text: string): void => write(`${seconds(scene().elapsedMs)}  ${text}\n`);
  let printedAt = scene().elapsedMs;
  return {
    step: (text) => {
      const now = scene();
      if (now.elapsedMs - printedAt >= NUMBERS_EVERY_MS) {
        print(numbers(now));
        printedAt = now.elapsedMs;
      }
      print(text);
    },
    change: print,
    [Symbol.dispose]: () => {},
  };
}

function numbers({ words, memberships, clients, control }: Scene): string {
  const sum = (value: (client: (typeof clients)[number]) => number): number => clients.reduce((total, client) => total + value(client), 0);
  return [
    `${sum(({ perSecond }) => perSecond)} writes/s, ${sum(({ failed }) => failed.length)} failed, ${sum(({ again }) => again)} ${words.again}`,
    ...memberships.map(({ member, poller, members }) => {
      const used = members.filter(({ inUse }) => inUse);
      const original = used.filter((one) => one.original);
      return `poller ${poller.state}, version ${poller.version}, ${used.length} ${member}s in use, ${original.length} original`;
    }),
    `control ${isDead(control) ? "dead" : "alive"}`,
  ].join("; ");
}

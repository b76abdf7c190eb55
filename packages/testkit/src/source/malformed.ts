import type { Socket } from "node:net";
import { check, type Rule } from "../rule.js";
import { type Bench, type SourceCase, textOf } from "./bench.js";
import { says, saysWithoutEnd } from "./peer.js";

const facet = "malformed answers";

const NO_ANSWER: Rule = {
  rule: "bytes that are not the protocol's are a failed poll that may be tried again",
  why: "a proxy's error page or another service on a reused port would be taken for members, or ready() would give up",
};
const BOUNDED: Rule = {
  rule: "an answer that never ends is given up after at most 16 MiB",
  why: "one mad peer would fill the memory of every client that asks it",
};
const MALFORMED: Rule = {
  rule: "an answer that is not what the protocol promises is MALFORMED_RESPONSE, from fetch() or from endpoints()",
  why: "it tells whoever looks that somebody answered, but not as a member does; another member is asked, and nothing is believed",
};

/** What the system holds on its way, some MiB, counts as taken. */
const MAX_BYTES = 16 * 1024 * 1024;
const NOISE = Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 151 + (index >> 3) * 89) % 256));
const PAGE = "<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>\n";

const STRANGERS: Readonly<Record<string, (socket: Socket) => void>> = {
  "are noise": says(NOISE),
  "are an HTML page that says 200": says(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`),
  "are none, and the connection ends": says(""),
};

function stranger(behaviour: (socket: Socket) => void): (bench: Bench) => Promise<void> {
  return async (bench) => {
    const peer = await bench.peer(behaviour);
    const outcome = await bench.poll([peer.seed]).ask();
    bench.mustHaveReached(peer);
    check(NO_ANSWER, outcome.kind === "error" && outcome.error.retryable, { outcome: textOf(outcome) });
  };
}

async function withoutEnd(bench: Bench): Promise<void> {
  let taken = 0;
  const peer = await bench.peer((socket) => {
    let before = 0;
    saysWithoutEnd((bytes) => {
      taken += bytes - before;
      before = bytes;
      if (taken > MAX_BYTES) socket.destroy();
    })(socket);
  });
  const outcome = await bench.poll([peer.seed]).ask([], undefined, () => taken);
  bench.mustHaveReached(peer);
  check(BOUNDED, taken <= MAX_BYTES, { "bytes taken": taken });
  check(NO_ANSWER, outcome.kind === "error" && outcome.error.retryable, { outcome: textOf(outcome) });
}

async function broken(bench: Bench): Promise<void> {
  const seeds = await bench.capability("malformed")(bench.harness);
  const outcome = await bench.poll(seeds).ask();
  check(MALFORMED, outcome.kind === "error" && outcome.error.code === "MALFORMED_RESPONSE", { outcome: textOf(outcome) });
}

/** Whatever listens at an address, only a member is believed. */
export const malformed: readonly SourceCase[] = [
  ...Object.entries(STRANGERS).map(([what, behaviour]) => ({ facet, name: `that ${what}`, run: stranger(behaviour) })),
  { facet, name: "that never end", run: withoutEnd },
  { facet, name: "that break the promises of the protocol", needs: "malformed", run: broken },
];

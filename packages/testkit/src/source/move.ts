import { check, type Rule } from "../rule.js";
import { answered, type Bench, type SourceCase } from "./bench.js";
import { listOf } from "./listed.js";

const facet = "ids survive an address change";

const SAME_ID: Rule = {
  rule: "a member that moves keeps its id",
  why: "a move is then `changed`: one connection is replaced, and its standing is kept; with a new id it is a loss and a stranger",
};
const NEW_ADDRESS: Rule = {
  rule: "a member that moved is listed at its new address",
  why: "clients would go on calling an address where nobody is, or somebody else",
};

async function moves(bench: Bench): Promise<void> {
  const polling = bench.poll();
  const before = answered(SAME_ID, await polling.ask()).endpoints;
  await bench.capability("move")(bench.harness);
  const after = answered(SAME_ID, await polling.ask(before)).endpoints;
  const idsOf = (endpoints: typeof before): string =>
    endpoints
      .map(({ id }) => id)
      .sort()
      .join(" ");
  const seen = { before: listOf(before), after: listOf(after) };
  check(SAME_ID, idsOf(before) === idsOf(after), seen);
  const then = new Map(before.map((endpoint) => [endpoint.id, endpoint]));
  check(
    NEW_ADDRESS,
    after.some(({ id, host, port }) => then.get(id)?.host !== host || then.get(id)?.port !== port),
    seen,
  );
}

/** A member is somebody, not somewhere. */
export const move: readonly SourceCase[] = [{ facet, name: "of one member", needs: "move", run: moves }];

import type { Endpoint } from "../../src/endpoint.js";

export { answer, hang, member, type Script, type ScriptedAnswer as Answer, ScriptedSource } from "@rollcall/testkit";

/** The ids of some endpoints, as one text. */
export function ids(endpoints: readonly Endpoint[] | undefined): string {
  return (endpoints ?? []).map(({ id }) => id).join(" ");
}

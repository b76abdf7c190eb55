import { channel } from "node:diagnostics_channel";
import type { DiagnosticsMessages } from "@rollcall/core";
import type { RejectBroker } from "./protocol/broker-data.js";
import { printable } from "./rocketmq-error.js";

const rejected = channel("rollcall:rejected");

/** Says on the channel `rollcall:rejected` what a source does not use of an answer. */
export function rejectedEntries(source: string): RejectBroker {
  return (entry, reason) => {
    if (!rejected.hasSubscribers) return;
    rejected.publish({ source, entry: printable(entry), reason: printable(reason) } satisfies DiagnosticsMessages["rollcall:rejected"]);
  };
}

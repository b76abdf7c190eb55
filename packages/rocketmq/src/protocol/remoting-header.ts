import { DiscoveryError } from "@rollcall/core";

/** What the header of a frame says, whichever way it is written (`RemotingCommand.java`). */
export interface RemotingHeader {
  /** A constant of `RequestCode.java`, or in an answer of `ResponseCode.java`. */
  readonly code: number;
  /** Which RocketMQ speaks: an ordinal of `MQVersion.java`. */
  readonly version: number;
  /** What an answer repeats of its request: a signed integer of 32 bits. */
  readonly opaque: number;
  /** Whether it answers a request; else it is one, which a server may send too. */
  readonly answer: boolean;
  /** Whether no answer is wanted. */
  readonly oneway: boolean;
  /** What an answer says for people. */
  readonly remark: string | undefined;
  /** The `extFields`. */
  readonly fields: Readonly<Record<string, string>>;
}

/** The `flag` on the wire: bit 0 marks an answer, bit 1 a request that wants none. */
export function flagOf({ answer, oneway }: Pick<RemotingHeader, "answer" | "oneway">): number {
  return (answer ? 1 : 0) | (oneway ? 2 : 0);
}

/** The reverse of {@link flagOf}. Other bits have no meaning. */
export function readFlag(flag: number): Pick<RemotingHeader, "answer" | "oneway"> {
  return { answer: (flag & 1) !== 0, oneway: (flag & 2) !== 0 };
}

/** What to throw where bytes are not what the protocol promises. */
export function malformed(text: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError("MALFORMED_RESPONSE", text, { source: "rocketmq", cause });
}

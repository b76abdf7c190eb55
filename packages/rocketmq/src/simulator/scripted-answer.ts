import type { Clock } from "@rollcall/core";
import type { RemotingAnswer } from "../rocketmq-transport.js";

/** What a server does instead of answering what is asked. */
export type ScriptedAnswer =
  /** These bytes, as they are, instead of a frame. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** What a web server says to a stranger, and the end. */
  | { readonly kind: "html" }
  /** The first half of the frame, then nothing ever. */
  | { readonly kind: "half" }
  /** A frame that announces this length (an int32), then nothing ever. */
  | { readonly kind: "length"; readonly length: number }
  /** This response code; what is asked is not done. */
  | { readonly kind: "code"; readonly code: number; readonly remark?: string | undefined }
  /** Success, with this body; what is asked is not done. */
  | { readonly kind: "body"; readonly body: string | Uint8Array }
  /** The right answer to another request. */
  | { readonly kind: "opaque" }
  /** The connection is closed instead. */
  | { readonly kind: "close" }
  /** What is right now, this many milliseconds late. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Nothing, ever; what is asked is not done. Other requests are answered. */
  | { readonly kind: "silence" };

/** How an answer leaves the server. */
export interface Reply {
  /** Default: nothing is said. */
  readonly bytes?: Uint8Array | undefined;
  /** Default: the next request is answered. */
  readonly after?: "close" | "silence" | undefined;
}

/** What a script works with. */
interface Question {
  /** Does what is asked. */
  readonly answer: () => Partial<RemotingAnswer> | Promise<Partial<RemotingAnswer>>;
  /** Writes the frame. `off`: by how much the number of the request is wrong. */
  readonly encode: (answer: Partial<RemotingAnswer>, off: number) => Uint8Array;
  readonly clock: Clock;
}

const HTML =
  "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html><head><title>400 Bad Request</title></head></html>\r\n";

/** The answer as the script wants it. */
export async function scriptedReply(script: ScriptedAnswer | undefined, { answer, encode, clock }: Question): Promise<Reply> {
  const right = async (off = 0): Promise<Uint8Array> => encode(await answer(), off);
  switch (script?.kind) {
    case undefined:
      return { bytes: await right() };
    case "bytes":
      return { bytes: script.bytes };
    case "html":
      return { bytes: Buffer.from(HTML), after: "close" };
    case "half":
      return { bytes: half(await right()), after: "silence" };
    case "length":
      return { bytes: withLength(await right(), script.length), after: "silence" };
    case "code":
      return { bytes: encode({ code: script.code, remark: script.remark }, 0) };
    case "body":
      return { bytes: encode({ body: Buffer.from(script.body) }, 0) };
    case "opaque":
      return { bytes: await right(1_000_000) };
    case "close":
      return { after: "close" };
    case "slow":
      return { bytes: await late(await right(), script.ms, clock) };
    case "silence":
      return {};
  }
}

function half(frame: Uint8Array): Uint8Array {
  return frame.subarray(0, frame.length >> 1);
}

function withLength(frame: Uint8Array, length: number): Uint8Array {
  const changed = Buffer.from(frame);
  changed.writeInt32BE(length, 0);
  return changed;
}

async function late(frame: Uint8Array, ms: number, clock: Clock): Promise<Uint8Array> {
  await new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
  return frame;
}

import { DiscoveryError } from "@rollcall/core";
import type { RemotingAnswer, RemotingRequest } from "../rocketmq-transport.js";
import { malformed, type RemotingHeader } from "./remoting-header.js";
import { readBinaryHeader, writeBinaryHeader } from "./remoting-header-binary.js";
import { readJsonHeader, writeJsonHeader } from "./remoting-header-json.js";
import { requestName } from "./request-codes.js";

/** How a header is written. A server answers in the way that it was started with, whichever way it was asked. */
export type SerializeType = "JSON" | "ROCKETMQ";

/** One frame: a request or an answer. */
export interface RemotingCommand extends RemotingHeader {
  /** How its header is written. */
  readonly type: SerializeType;
  /** Empty where there is none. */
  readonly body: Uint8Array;
}

/** How long a frame may be, the four bytes of its length included (`com.rocketmq.remoting.frameMaxLength`, `NettyDecoder.java`). */
export const MAX_FRAME_BYTES = 16_777_216;

/** The same without the four bytes, as a `FrameReader` takes it; no frame is shorter than the word that tells the length of its header. */
export const FRAME_BOUNDS: { readonly minBytes: number; readonly maxBytes: number } = { minBytes: 4, maxBytes: MAX_FRAME_BYTES - 4 };

/** `MQVersion.V5_5_0`. Above 475 a server that shuts down says so (`GO_AWAY`, `NettyRemotingAbstract.java`). */
const VERSION = 513;

/** By the number of the first byte after the length. */
const TYPES: readonly SerializeType[] = ["JSON", "ROCKETMQ"];

/**
 * A request as a frame, with a JSON header, which every server reads.
 *
 * @param opaque - a signed integer of 32 bits, of no other request that is unanswered on the connection
 * @throws DiscoveryError `INVALID_OPTIONS` if it is longer than any server takes.
 */
export function encodeRequest({ code, fields = {}, body = new Uint8Array() }: RemotingRequest, opaque: number): Uint8Array {
  const frame = encodeCommand({
    type: "JSON",
    code,
    version: VERSION,
    opaque,
    answer: false,
    oneway: false,
    remark: undefined,
    fields,
    body,
  });
  if (frame.length <= MAX_FRAME_BYTES) return frame;
  const text = `${requestName(code)} takes ${frame.length} bytes, and RocketMQ at most ${MAX_FRAME_BYTES}`;
  throw new DiscoveryError("INVALID_OPTIONS", text, { source: "rocketmq" });
}

/**
 * An answer as a frame.
 *
 * @param opaque - that of the request
 * @param type - default `JSON`
 * @param version - of the server. Default 513, which is 5.5.0
 */
export function encodeAnswer(
  { code = 0, remark, fields = {}, body = new Uint8Array() }: Partial<RemotingAnswer>,
  opaque: number,
  type: SerializeType = "JSON",
  version: number = VERSION,
): Uint8Array {
  return encodeCommand({ type, code, version, opaque, answer: true, oneway: false, remark, fields, body });
}

/** Any frame, with its length. A number that does not fit its place in a binary header raises a `RangeError`. */
export function encodeCommand(command: RemotingCommand): Uint8Array {
  const header = command.type === "JSON" ? writeJsonHeader(command) : writeBinaryHeader(command);
  const words = Buffer.alloc(8);
  words.writeUInt32BE(4 + header.length + command.body.length, 0);
  words.writeUInt8(TYPES.indexOf(command.type), 4);
  words.writeUIntBE(header.length, 5, 3);
  return Buffer.concat([words, header, command.body]);
}

/** Reads a frame without its length. The body is a part of it, not a copy. Raises `MALFORMED_RESPONSE`. */
export function decodeFrame(frame: Uint8Array): RemotingCommand {
  const [number = -1, ...length] = frame.subarray(0, 4);
  const type = TYPES[number];
  if (length.length < 3 || !type) throw malformed(`the frame's header is of a kind that RocketMQ does not have: ${number}`);
  const headerEnd = 4 + length.reduce((sum, byte) => 256 * sum + byte, 0);
  if (headerEnd > frame.length) throw malformed(`the header of ${headerEnd - 4} bytes is longer than its frame of ${frame.length}`);
  const header = frame.subarray(4, headerEnd);
  return { ...(type === "JSON" ? readJsonHeader(header) : readBinaryHeader(header)), type, body: frame.subarray(headerEnd) };
}

import { inflateSync } from "node:zlib";
import type { RemotingCommand } from "../protocol/remoting-frame.js";
import { REQUEST } from "../protocol/request-codes.js";

/** Bit of `sysFlag` (`MessageSysFlag.java`): the body is compressed. Producers of RocketMQ 4 and ali-ons know zlib only. */
const COMPRESSED = 1;

/** What `compressed` bodies may grow to. */
const MAX_BODY_BYTES = 16_777_216;

/** What a producer wants to be stored. */
export interface SendRequest {
  readonly topic: string;
  /** The topic whose settings a new one takes over. */
  readonly defaultTopic: string;
  /** How many queues a new one gets. */
  readonly defaultQueues: number;
  /** Negative: any. */
  readonly queue: number;
  readonly bodies: readonly string[];
}

/** Reads SEND_MESSAGE, and SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE, whose fields have names of one letter (`SendMessageRequestHeaderV2.java`). Throws for nonsense. */
export function readSend({ code, fields, body }: RemotingCommand): SendRequest {
  const v1 = code === REQUEST.SEND_MESSAGE;
  const field = (name: string, letter: string): string => fields[v1 ? name : letter] ?? "";
  const compressed = (Number(field("sysFlag", "f")) & COMPRESSED) !== 0;
  const batch = code === REQUEST.SEND_BATCH_MESSAGE || field("batch", "m") === "true";
  const bodies = batch ? [...batched(Buffer.from(body))] : [body];
  return {
    topic: field("topic", "b"),
    defaultTopic: field("defaultTopic", "c"),
    defaultQueues: Number(field("defaultTopicQueueNums", "d")),
    queue: Number(field("queueId", "e")),
    bodies: bodies.map((one) => Buffer.from(compressed ? inflateSync(one, { maxOutputLength: MAX_BODY_BYTES }) : one).toString()),
  };
}

/** The bodies of a batch: each message is its length, three words, the length of its body, the body, its properties (`MessageDecoder.encodeMessage`). */
function* batched(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += bytes.readInt32BE(at)) {
    if (bytes.readInt32BE(at) < 20) throw new RangeError("a message that is shorter than its header");
    const begin = at + 20;
    yield bytes.subarray(begin, begin + bytes.readInt32BE(at + 16));
  }
}

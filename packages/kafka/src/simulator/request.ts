import { WireReader } from "../protocol/wire-reader.js";
import { WireWriter } from "../protocol/wire-writer.js";
import { type ApiName, apiNamed, isFlexible } from "./api-table.js";

/** One request, its header read. */
export interface Request {
  readonly api: ApiName;
  readonly version: number;
  readonly correlationId: number;
  /** Whether its body, and that of the answer, are flexible. */
  readonly flexible: boolean;
  /** Stands at the first byte of the body. */
  readonly body: WireReader;
}

/** The body of an answer: everything after its header. */
export type Body = WireWriter;

/** The client did something after which a broker closes the connection without an answer. */
export class HangUp extends Error {
  override readonly name = "HangUp";
}

/** Reads a request, without the length before it. Throws {@link HangUp} for an api that the simulator does not have; MALFORMED_RESPONSE for nonsense. */
export function readRequest(frame: Uint8Array): Request {
  const header = new WireReader(frame);
  const key = header.int16();
  const api = apiNamed(key);
  if (api === undefined) throw new HangUp(`nothing has api key ${key}`);
  const version = header.int16();
  const correlationId = header.int32();
  header.nullableString(); // client id: never compact
  const flexible = isFlexible(api, version);
  const body = new WireReader(header.rest(), flexible);
  body.tags();
  return { api, version, correlationId, flexible, body };
}

/** An empty body in the encoding that the request wants. */
export function bodyFor({ flexible }: Pick<Request, "flexible">): Body {
  return new WireWriter(flexible);
}

/** The frame of an answer: length, header, body. ApiVersions never has a tag buffer in its header, so that anybody can read it (KIP-511). */
export function answerFrame({ api, correlationId, flexible }: Request, body: Body): Uint8Array {
  const answer = new WireWriter(flexible && api !== "ApiVersions").int32(correlationId).tags().raw(body.finish());
  return lengthPrefixed(answer.finish());
}

/** Bytes with their length, an int32, before them. */
export function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return new WireWriter().bytes(bytes).finish();
}

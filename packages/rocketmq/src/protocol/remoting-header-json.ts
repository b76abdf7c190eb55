import { parseLenientJson } from "./bare-keys.js";
import { flagOf, malformed, type RemotingHeader, readFlag } from "./remoting-header.js";

/** Every server knows it, unlike `NODE_JS`, which came with 5.3.2 (apache/rocketmq #8872). */
const LANGUAGE = "OTHER";

/** The header as JSON, the way that every server reads. Fields and remark that are not there take no room. */
export function writeJsonHeader(header: RemotingHeader): Uint8Array {
  const { code, version, opaque, remark, fields } = header;
  const extFields = Object.keys(fields).length > 0 ? fields : undefined;
  return Buffer.from(JSON.stringify({ code, language: LANGUAGE, version, opaque, flag: flagOf(header), remark, extFields }));
}

/** The reverse of {@link writeJsonHeader}. Names that it does not know are passed over, fields that are `null` are none. Raises `MALFORMED_RESPONSE`. */
export function readJsonHeader(bytes: Uint8Array): RemotingHeader {
  const header = Object(parseLenientJson(bytes, "the header")) as Readonly<Record<string, unknown>>;
  const { remark = null } = header;
  if (remark !== null && typeof remark !== "string") throw malformed("the header's remark is no text");
  return {
    code: integer(header, "code"),
    version: integer(header, "version"),
    opaque: integer(header, "opaque"),
    ...readFlag(integer(header, "flag")),
    remark: remark ?? undefined,
    fields: readFields(header["extFields"]),
  };
}

function integer(header: Readonly<Record<string, unknown>>, name: string): number {
  const value = header[name];
  if (typeof value !== "number" || (value | 0) !== value) throw malformed(`the header's ${name} is no integer of 32 bits`);
  return value;
}

/** A number or a boolean is read as fastjson reads it into a `Map<String, String>`: ali-ons sends such. */
function readFields(given: unknown): Readonly<Record<string, string>> {
  const fields = given ?? {};
  if (typeof fields !== "object" || Array.isArray(fields)) throw malformed("the header's extFields are no object");
  const entries = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, fieldText(value)]));
}

function fieldText(value: unknown): string {
  if (typeof value === "object") throw malformed("the header's extFields hold something else than texts");
  return String(value);
}

import { malformed } from "./remoting-header.js";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** RocketMQ's own bodies are nested five deep. `JSON.parse` of 16 MiB of brackets takes seconds and half a gigabyte. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Reads JSON as fastjson writes it: the integer keys of a map may stand there without quotes, `{0:"127.0.0.1:10911"}` (apache/rocketmq #1445, #4471). Nothing else is
 * forgiven. Time and memory grow linearly with the length.
 *
 * Raises `MALFORMED_RESPONSE` for anything else: no UTF-8, no JSON, or lists and objects more than 64 deep in each other.
 *
 * @param text - bytes are read as UTF-8
 * @param what - for the message. Default: `the body`
 */
export function parseLenientJson(text: string | Uint8Array, what = "the body"): unknown {
  try {
    return JSON.parse(quoteBareKeys(typeof text === "string" ? text : UTF8.decode(text)));
  } catch (cause) {
    throw malformed(`${what} is no JSON`, cause);
  }
}

/** Puts integer keys without quotes in quotes, and leaves everything else as it is. Raises a `RangeError` for what is nested too deep. */
export function quoteBareKeys(text: string): string {
  let quoted = "";
  let copied = 0;
  let depth = 0;
  let keyMayFollow = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (isSpace(char)) continue;
    const integer = keyMayFollow && (char === MINUS || isDigit(char));
    keyMayFollow = char === OPEN_OBJECT || char === COMMA;
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === OPEN_OBJECT || char === OPEN_LIST) depth++;
    else if (char === CLOSE_OBJECT || char === CLOSE_LIST) depth--;
    else if (integer) {
      const end = endOfDigits(text, at + 1);
      if (isKey(text, end)) {
        quoted += `${text.slice(copied, at)}"${text.slice(at, end)}"`;
        copied = end;
      }
      at = end - 1;
    }
    if (depth > MAX_DEPTH) throw new RangeError(`it is nested more than ${MAX_DEPTH} deep`);
  }
  return quoted + text.slice(copied);
}

/** Whether what ends here has digits, and a colon comes next. */
function isKey(text: string, end: number): boolean {
  let next = end;
  while (isSpace(text.charCodeAt(next))) next++;
  return text.charCodeAt(next) === COLON && isDigit(text.charCodeAt(end - 1));
}

/** Where the quote stands that ends the string, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) return at;
  }
  return text.length;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

function isDigit(char: number): boolean {
  return char >= ZERO && char <= NINE;
}

/** The four that JSON allows. */
function isSpace(char: number): boolean {
  return char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09;
}

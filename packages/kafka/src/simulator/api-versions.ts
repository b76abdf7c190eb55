import { WireWriter } from "../protocol/wire-writer.js";
import { type ApiName, type ApiRanges, apiKey } from "./api-table.js";
import { type Body, bodyFor, type Request } from "./request.js";

const UNSUPPORTED_VERSION = 35;

/** Answers ApiVersions. */
export function apiVersionsAnswer(request: Request, ranges: ApiRanges): Body {
  const body = bodyFor(request);
  writeRanges(body, 0, ranges, [...ranges.keys()]);
  if (request.version >= 1) body.int32(0); // throttle time
  return body.tags();
}

/** Answers ApiVersions of a version that is not there: in the form of version 0, with the versions of ApiVersions itself. */
export function unsupportedApiVersions(ranges: ApiRanges): Body {
  return writeRanges(new WireWriter(), UNSUPPORTED_VERSION, ranges, ["ApiVersions"]);
}

function writeRanges(body: Body, error: number, ranges: ApiRanges, names: readonly ApiName[]): Body {
  return body.int16(error).array(names, (name) => {
    const { min, max } = ranges.get(name) ?? { min: 0, max: 0 };
    body.int16(apiKey(name)).int16(min).int16(max).tags();
  });
}

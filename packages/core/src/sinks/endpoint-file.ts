import { dirname, resolve } from "node:path";
import { checkOptionNames, invalid } from "../check-options.js";
import { type Clock, systemClock } from "../clock.js";
import { DiscoveryError, textOf } from "../discovery-error.js";
import type { EndpointSink } from "../endpoint-feed.js";
import { removeAbandoned, replaceFile } from "../replace-file.js";
import { fileSdText, jsonLines, labelProblem } from "./file-formats.js";

/**
 * A sink that keeps a file equal to the members in use, for programs that read files: give it to `poller.subscribe`, each subscription its own.
 *
 * The file is replaced as a whole: whoever reads it, and whatever crashes at any moment, finds the old content or the new. It is written when its
 * content would be another than was written last, and never emptied because of an error. A write that fails is an error of the sink (`UNAVAILABLE`, on the channel
 * `rollcall:sink-error`) and tried again with backoff, while the old file stays. The folder must exist. A rename makes a new
 * file, so a container has to mount the folder, not the file.
 *
 * - `json-lines`: one member per line, `{"id","host","port","attributes"}` in this order, attributes only if there are any; sorted by id.
 * - `file_sd`: what Prometheus reads (`file_sd_config`; Prometheus `discovery/file/file.go`): one group per member, its target `host:port`, with the labels
 *   `__meta_rollcall_id`, `__meta_rollcall_attribute_<name>` for each attribute, and `labels`. Prometheus drops what begins with `__meta_` once targets are relabelled.
 *   Names have what is no letter, digit or underscore replaced by an underscore.
 *
 * @param path - the file; a relative one is resolved once, now. For `file_sd` it must end in `.json`, or Prometheus refuses it
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export function endpointFile(
  path: string,
  options: {
    /** How members are written. Default `json-lines`. */
    readonly format?: "json-lines" | "file_sd" | undefined;
    /** Labels that every target gets, such as `job` or `__scheme__`. Default: none. Only for `file_sd`. */
    readonly labels?: Readonly<Record<string, string>> | undefined;
    /** Who may read the file, as far as the umask allows. Default 0o644, because readers are other programs. 0 to 0o777. */
    readonly mode?: number | undefined;
    /** Default: the system clock. */
    readonly clock?: Clock | undefined;
  } = {},
): EndpointSink {
  if (typeof path !== "string" || path === "") throw invalid("endpointFile path", path, "the path of a file");
  checkOptionNames("endpointFile", options, ["format", "labels", "mode", "clock"]);
  const { format = "json-lines", labels = {}, mode = 0o644, clock = systemClock } = options;
  if (format !== "json-lines" && format !== "file_sd") throw invalid("endpointFile format", format, '"json-lines" or "file_sd"');
  if (format === "file_sd" && !/\.json$/i.test(path)) throw invalid("endpointFile path", path, "for file_sd a path that ends in .json");
  if (options.labels !== undefined && format !== "file_sd") throw invalid("endpointFile labels", labels, "none, unless format is file_sd");
  const problem = labelProblem(labels);
  if (problem !== undefined)
    throw invalid("endpointFile labels", problem, "names of letters, digits and underscores, with texts as values");
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o777) throw invalid("endpointFile mode", mode, "an integer from 0 to 0o777");
  const file = resolve(path);
  let written: string | undefined;
  let cleaning: Promise<void> | undefined;
  return {
    async update({ endpoints }) {
      const content = format === "file_sd" ? fileSdText(endpoints, labels) : jsonLines(endpoints);
      if (content === written) return;
      cleaning ??= removeAbandoned(file, clock);
      await cleaning;
      await replaceFile(file, content, clock, mode).catch((error: unknown) => {
        throw new DiscoveryError("UNAVAILABLE", cannotWrite(file, error), { source: "endpointFile", cause: error });
      });
      written = content;
    },
  };
}

function cannotWrite(file: string, error: unknown): string {
  const { code } = Object(error) as NodeJS.ErrnoException;
  return `cannot write ${file}: ${code === "ENOENT" ? `there is no folder ${dirname(file)}; create it` : textOf(error)}`;
}

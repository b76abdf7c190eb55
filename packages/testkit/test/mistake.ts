import { type DiscoveryError, type FetchContext, isDiscoveryError, type MetadataSource } from "@rollcall/core";
import { type LineMetadata, LineSource } from "./line-source.js";

/** A source with one mistake, and what the suite has to say about it. */
export interface BrokenSource {
  /** The only facet that fails. */
  readonly facet: string;
  /** How the rule begins that is broken. */
  readonly rule: string;
  readonly make: (seeds: readonly string[], token: string) => MetadataSource<unknown>;
}

/** What the source is asked with. */
export type Context = FetchContext<LineMetadata>;

/** What is put in place of methods of a good source; `was` has them as they were. */
export type Mistake = (good: LineSource, was: Methods) => object;

type Name = "fetch" | "list" | "restore" | "hold" | "letGo" | "endpoints" | "candidates";
type Methods = Pick<LineSource, Name>;

/** A good source with one mistake. */
export function broken(facet: string, rule: string, mistake: Mistake): BrokenSource {
  return {
    facet,
    rule,
    make: (seeds, token) => {
      const good = new LineSource(seeds, token);
      const was: Methods = {
        fetch: (context) => LineSource.prototype.fetch.call(good, context),
        list: (line, signal) => LineSource.prototype.list.call(good, line, signal),
        restore: (stored) => LineSource.prototype.restore.call(good, stored),
        hold: (line) => LineSource.prototype.hold.call(good, line),
        letGo: () => LineSource.prototype.letGo.call(good),
        endpoints: (metadata) => LineSource.prototype.endpoints.call(good, metadata),
        candidates: (known) => LineSource.prototype.candidates.call(good, known),
      };
      return Object.assign(good, mistake(good, was));
    },
  };
}

/** A source that makes something else of its errors: another error, or an answer. */
export function failing(
  facet: string,
  rule: string,
  change: (error: DiscoveryError, context: Context, source: LineSource) => Error | LineMetadata,
): BrokenSource {
  return broken(facet, rule, (good, was) => ({
    fetch: async (context: Context) => {
      try {
        return await was.fetch(context);
      } catch (error) {
        const changed = isDiscoveryError(error) ? change(error, context, good) : error;
        if (changed instanceof Error) throw changed;
        return changed;
      }
    },
  }));
}

/** A source that adds something to its answer, which a restored one has as well. */
export function adding<A extends object>(facet: string, rule: string, add: (metadata: LineMetadata) => A, mistake: Mistake): BrokenSource {
  return broken(facet, rule, (good, was) => ({
    fetch: async (context: Context) => {
      const metadata = await was.fetch(context);
      return { ...metadata, ...add(metadata) };
    },
    restore: (stored: unknown) => {
      const metadata = was.restore(stored);
      return { ...metadata, ...add(metadata), ...(stored as Partial<A>) };
    },
    ...mistake(good, was),
  }));
}

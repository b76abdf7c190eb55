import { reportRejected } from "./diagnostics.js";
import type { MetadataSource } from "./metadata-source.js";

/** Tells a source that polling begins. One that throws is polled all the same. */
export function watchSource(source: Pick<MetadataSource<unknown>, "key" | "watch">, signal: AbortSignal, want: () => void): void {
  const changed = (): void => {
    if (!signal.aborted) want();
  };
  try {
    source.watch?.({ signal, changed });
  } catch (error) {
    reportRejected({ source: source.key, entry: error, reason: "watch threw: polls follow the interval only" });
  }
}

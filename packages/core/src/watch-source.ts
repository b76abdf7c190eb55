import { reportRejected } from "./diagnostics.js";
import type { MetadataSource } from "./metadata-source.js";

/** Tells a source that polling begins. One that throws, or returns a promise that rejects, is polled all the same. */
export async function watchSource(
  source: Pick<MetadataSource<unknown>, "key" | "watch">,
  signal: AbortSignal,
  want: () => void,
): Promise<void> {
  const changed = (): void => {
    if (!signal.aborted) want();
  };
  try {
    await source.watch?.({ signal, changed });
  } catch (error) {
    reportRejected({ source: source.key, entry: error, reason: "watch threw: polls follow the interval only" });
  }
}

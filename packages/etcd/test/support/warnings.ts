import { onTestFinished, vi } from "vitest";

/** The process warnings of this test, from now on, as `code: text`; nothing is printed. */
export function warnings(): readonly string[] {
  const seen: string[] = [];
  const spy = vi.spyOn(process, "emitWarning").mockImplementation((text, options) => {
    seen.push(`${(options as { code?: string } | undefined)?.code}: ${String(text)}`);
  });
  onTestFinished(() => spy.mockRestore());
  return seen;
}

import { onTestFinished, vi } from "vitest";

/** The timers that kafkajs has running, from now to the end of the test. */
export function kafkajsTimers(): ReadonlySet<unknown> {
  const running = new Set<unknown>();
  const ofKafkajs = (): boolean => (new Error().stack ?? "").includes("/kafkajs/src/");
  const { setTimeout: startTimeout, setInterval: startInterval } = globalThis;
  const spies = [
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((callback: () => void, ...rest: [number]) => {
      const counted = ofKafkajs();
      const timer = startTimeout(
        () => {
          running.delete(timer);
          callback();
        },
        ...rest,
      );
      if (counted) running.add(timer);
      return timer;
    }) as typeof setTimeout),
    vi.spyOn(globalThis, "setInterval").mockImplementation(((callback: () => void, ...rest: [number]) => {
      const timer = startInterval(callback, ...rest);
      if (ofKafkajs()) running.add(timer);
      return timer;
    }) as typeof setInterval),
    ...(["clearTimeout", "clearInterval"] as const).map((name) => {
      const clear = globalThis[name];
      return vi.spyOn(globalThis, name).mockImplementation((timer) => {
        running.delete(timer);
        clear(timer);
      });
    }),
  ];
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return running;
}

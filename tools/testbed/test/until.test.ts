import { expect, test } from "vitest";
import { until } from "../src/until.js";

test("until tries again until a try succeeds", async () => {
  let tries = 0;
  const attempt = async () => (++tries < 3 ? Promise.reject(new Error("not yet")) : tries);
  expect(await until(attempt, { what: "three tries", pauseMs: 1 })).toBe(3);
});

test("until ends at once with an error that another try cannot change", async () => {
  const attempt = () => Promise.reject(new Error("refused"));
  await expect(until(attempt, { what: "anything", retry: () => false })).rejects.toThrow("refused");
});

test("until says what it waited for and why the last try failed", async () => {
  const failure = new Error("not yet");
  const waiting = until(() => Promise.reject(failure), { what: "n1 serves", timeoutMs: 0 });
  await expect(waiting).rejects.toMatchObject({ message: "waited 0 ms in vain: n1 serves", cause: failure });
});

import { open } from "node:fs/promises";
import { settle } from "@rollcall/testkit";
import { expect, it, vi } from "vitest";
import { TlsMaterial } from "../src/etcd-tls-material.js";

vi.mock("node:fs/promises", async (original) => ({ ...(await original<typeof import("node:fs/promises")>()), open: vi.fn() }));

it("TLS material on a file system that hangs takes one of Node's threads, however many connections want it", async () => {
  let fail: (error: Error) => void = () => undefined;
  const opened = vi.mocked(open).mockImplementation(() => new Promise((_, reject) => (fail = reject)));
  const material = new TlsMaterial({ ca: { file: "/ca" }, cert: { file: "/cert" }, key: { file: "/key" } });
  const waiting = Promise.allSettled([material.context(), material.context()]);
  await settle();
  const late = material.context();
  await settle();
  expect(opened.mock.calls.map(([file]) => file)).toEqual(["/ca"]);
  fail(new Error("EIO"));
  expect(await waiting).toMatchObject([{ reason: { code: "UNAVAILABLE" } }, { reason: { code: "UNAVAILABLE" } }]);
  await expect(late).rejects.toThrow("tls.ca (/ca) cannot be read: EIO");

  const next = material.context();
  await settle();
  expect(opened).toHaveBeenCalledTimes(2);
  fail(new Error("EIO"));
  await expect(next).rejects.toThrow("EIO");
});

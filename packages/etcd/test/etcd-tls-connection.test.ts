import { expect, it } from "vitest";
import { TlsConnection } from "../src/etcd-tls-connection.js";
import type { EtcdConnection } from "../src/etcd-transport.js";

interface Made extends EtcdConnection {
  closed: number;
}

function made(): Made {
  return {
    closed: 0,
    call: async () => new Uint8Array([1]),
    establish: async () => undefined,
    onLost: (callback) => callback(),
    close() {
      this.closed += 1;
    },
  };
}

const call = (connection: EtcdConnection, signal = new AbortController().signal): Promise<Uint8Array> =>
  connection.call("/", new Uint8Array(), { signal, metadata: {} });

const never = (): Promise<EtcdConnection> => new Promise(() => undefined);

it("reads when it is first used, once", async () => {
  let reads = 0;
  const connection = new TlsConnection(async () => {
    reads += 1;
    return made();
  });
  expect(reads).toBe(0);
  await Promise.all([call(connection), connection.establish()]);
  await call(connection);
  expect(reads).toBe(1);
});

it("a silent file holds a call no longer than its signal", async () => {
  const controller = new AbortController();
  const asked = call(new TlsConnection(never), controller.signal);
  controller.abort(new Error("too late"));
  await expect(asked).rejects.toThrow("too late");
  await expect(call(new TlsConnection(never), controller.signal)).rejects.toThrow("too late");
});

it("closing ends a dial whose file is silent", async () => {
  const connection = new TlsConnection(never);
  const dialled = connection.establish();
  connection.close();
  await expect(dialled).rejects.toThrow("the connection is closed");
});

it("dials nobody when it was closed while the file was being read", async () => {
  const inner = made();
  const connection = new TlsConnection(async () => inner);
  const asked = call(connection);
  connection.close();
  await expect(asked).rejects.toThrow("the connection is closed");
  expect(inner.closed).toBe(1);
});

it("closes what it made", async () => {
  const inner = made();
  const connection = new TlsConnection(async () => inner);
  await call(connection);
  connection.close();
  expect(inner.closed).toBe(1);
});

it("is lost when its files could not be used", async () => {
  const connection = new TlsConnection(() => Promise.reject(new Error("no file")));
  await expect(connection.establish()).rejects.toThrow("no file");
  await new Promise<void>((lost) => connection.onLost(lost));
});

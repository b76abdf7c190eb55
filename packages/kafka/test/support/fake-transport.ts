import { hostPort } from "@rollcall/core";
import type { KafkaAddress, KafkaConnection, KafkaRequest, KafkaTransport, VersionRange } from "../../src/kafka-transport.js";

/** Somebody at an address. */
export interface FakeBroker {
  readonly versions: ReadonlyMap<number, VersionRange>;
  /** What comes back for a request: bytes, or whatever a driver would report. Absent: connections are accepted, and nothing is ever said. */
  readonly answer?: ((request: KafkaRequest) => Promise<Uint8Array>) | undefined;
}

/** A second driver, in memory: nothing above the seam needs kafkajs. */
export class FakeTransport implements KafkaTransport {
  readonly listening = new Map<string, FakeBroker>();
  /** Where a connection was asked for, in order. */
  readonly asked: string[] = [];
  readonly open = new Set<KafkaConnection>();

  async connect(address: KafkaAddress, { signal }: { readonly signal: AbortSignal }): Promise<KafkaConnection> {
    const name = hostPort.format(address);
    this.asked.push(name);
    const broker = this.listening.get(name);
    if (broker === undefined) throw Object.assign(new Error(`connect ECONNREFUSED ${name}`), { code: "ECONNREFUSED" });
    const { versions, answer = () => fired(signal) } = broker;
    if (broker.answer === undefined) await fired(signal);
    const closed = new AbortController();
    const send: KafkaConnection["send"] = (request, call) => Promise.race([answer(request), fired(call.signal), fired(closed.signal)]);
    const connection = { versions, send, close: () => void (this.open.delete(connection) && closed.abort()) };
    this.open.add(connection);
    return connection;
  }
}

function fired(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

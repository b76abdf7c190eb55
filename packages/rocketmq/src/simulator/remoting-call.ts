import { hostPort } from "@rollcall/core";
import { remotingTransport } from "../remoting-transport.js";
import type { RocketmqClientOptions } from "../rocketmq-options.js";
import type { RemotingAnswer, RemotingRequest, RocketmqConnection } from "../rocketmq-transport.js";

/** How long a call may take unless it is told otherwise, in milliseconds: that of an operator's tool, which waits for a busy machine. */
const CALL_MS = 10_000;

/**
 * Asks a nameserver or broker over a connection of its own; resolves with whatever it answers, whatever the code. Rejects as a `RocketmqTransport` does.
 *
 * @param address - `host:port`
 * @param client - default: no TLS, no signature
 * @param options - `signal`: default: ends after 10 s
 */
export async function remotingCall(
  address: string,
  request: RemotingRequest,
  client: RocketmqClientOptions = {},
  { signal = AbortSignal.timeout(CALL_MS) }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<RemotingAnswer> {
  const connection = await connected(address, client, signal);
  try {
    return await connection.request(request, { signal });
  } finally {
    connection.close();
  }
}

/** A connection to a nameserver or broker. */
export async function connected(address: string, client: RocketmqClientOptions, signal: AbortSignal): Promise<RocketmqConnection> {
  const at = hostPort.parse(address);
  if (at === undefined) throw new Error(`"${address}" is no address`);
  return await remotingTransport(client).connect(at, { signal });
}

/** The answer, if it is one of success. Throws what the server says otherwise. */
export function succeeded({ code, remark }: RemotingAnswer, asked: string): void {
  if (code !== 0) throw new Error(`${asked} is refused with ${code}: ${remark ?? "no remark"}`);
}

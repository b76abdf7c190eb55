import type { RocketmqAddress, RocketmqConnection, RocketmqTransport } from "./rocketmq-transport.js";

/** What is asked over one connection. */
export type RocketmqQuestion<A> = (connection: RocketmqConnection, options: { readonly signal: AbortSignal }) => Promise<A>;

/** Asks over a connection that ends with the question, and at once when the signal fires: then it rejects with the signal's reason. */
export async function overOneConnection<A>(
  transport: RocketmqTransport,
  address: RocketmqAddress,
  question: RocketmqQuestion<A>,
  { signal }: { readonly signal: AbortSignal },
): Promise<A> {
  let close = (): void => undefined;
  try {
    const connection = await transport.connect(address, { signal });
    close = () => connection.close();
    signal.addEventListener("abort", close, { once: true });
    signal.throwIfAborted();
    return await question(connection, { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** How many of the first bytes tell everything that {@link foreignProtocol} can tell. */
export const TELLING_BYTES = 9;

/**
 * What a server is that is none of RocketMQ's remoting protocol, and what to do.
 *
 * @param head - the first bytes that it sent
 * @returns `undefined` if they tell nothing
 */
export function foreignProtocol(head: Uint8Array): string | undefined {
  if (Buffer.from(head).toString("latin1", 0, 4) === "HTTP") return "an HTTP server answers; give a nameserver's own port";
  if ((head[0] === 0x15 || head[0] === 0x16) && head[1] === 3) return "the server speaks TLS; set the option tls";
  return isHttp2(head) ? "a gRPC server answers, such as RocketMQ's proxy has; give a nameserver's own port" : undefined;
}

/** Every connection of HTTP/2 begins with a frame of kind 4, SETTINGS, on stream 0 (RFC 9113, 3.4). Of the three bytes of its length only the last is used. */
function isHttp2(head: Uint8Array): boolean {
  return head.length >= TELLING_BYTES && head.subarray(0, TELLING_BYTES).every((byte, at) => byte === (at === 3 ? 4 : 0) || at === 2);
}

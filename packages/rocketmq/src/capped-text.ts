import { MAX_NSADDR_BYTES, tooLong } from "./nsaddr-text.js";

/**
 * Bytes as text, in UTF-8. Reading ends, and the stream with it, as soon as it is longer than a list of nameservers can be: one that never ends costs no memory.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE` for what is too long; whatever the stream fails with.
 */
export async function cappedText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_NSADDR_BYTES) throw tooLong();
  }
  return Buffer.concat(chunks).toString("utf8");
}

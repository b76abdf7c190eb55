import { DiscoveryError } from "@rollcall/core";

/** The longest frame that is accepted: the metadata of some hundred thousand partitions. */
export const MAX_FRAME_BYTES: number = 8 * 1024 * 1024;

/** How long a frame of the protocol is at least: its correlation id. */
const MIN_FRAME_BYTES = 4;

/**
 * Follows the frames in a stream of bytes, so that one of an absurd length is refused before anybody sets bytes aside for it. kafkajs itself has no limit
 * (`network/connection.js` buffers whatever the first four bytes say), and throws in the socket's event for a frame without a correlation id.
 */
export class FrameCap {
  /** How many bytes of the current frame are yet to come. */
  #left = 0;
  #length = 0;
  #lengthBytes = 0;

  /**
   * Looks at the next bytes of the stream. Returns `MALFORMED_RESPONSE` if a frame that begins in them is not to be read.
   *
   * @param minBytes - how long a frame is at least. Default 4; the tokens of SASL before SaslAuthenticate (Kafka 1.0) may be empty
   */
  refuses(chunk: Uint8Array, minBytes: number = MIN_FRAME_BYTES): DiscoveryError | undefined {
    let at = 0;
    while (at < chunk.length) {
      const skipped = Math.min(this.#left, chunk.length - at);
      this.#left -= skipped;
      at += skipped;
      const byte = chunk[at++];
      if (byte === undefined) return undefined;
      this.#length = this.#length * 0x100 + byte;
      if (++this.#lengthBytes < 4) continue;
      if (this.#length < minBytes || this.#length > MAX_FRAME_BYTES) return refusal(this.#length, minBytes);
      this.#left = this.#length;
      this.#length = 0;
      this.#lengthBytes = 0;
    }
    return undefined;
  }
}

function refusal(length: number, minBytes: number): DiscoveryError {
  return new DiscoveryError(
    "MALFORMED_RESPONSE",
    whatAnswered(length) ?? `a frame of ${length} bytes, not of ${minBytes} to ${MAX_FRAME_BYTES}`,
    {
      source: "kafka",
    },
  );
}

/** Other protocols are known by their first four bytes. */
function whatAnswered(length: number): string | undefined {
  if (length === Buffer.from("HTTP").readUInt32BE()) return "an HTTP server answered, not a Kafka broker";
  // An alert: record type 21, version 3.x.
  return length >>> 16 === 0x15_03 ? "the listener speaks TLS: set ssl in the option client" : undefined;
}

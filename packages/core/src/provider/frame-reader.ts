/** How long a frame may be, in bytes, without the four bytes that say so. */
export interface FrameLimits {
  /** At most. Required; 0 to 2 147 483 647. */
  readonly maxBytes: number;
  /** At least. Default 0; up to `maxBytes`. */
  readonly minBytes?: number | undefined;
}

const PREFIX_BYTES = 4;

/** Cuts a stream of bytes into frames: before each stands its length, a signed big-endian 32-bit integer that does not count itself. */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #minBytes: number;
  /** What belongs to no complete frame yet. */
  #chunks: Uint8Array[] = [];
  #held = 0;
  /** How many bytes it takes to go on: a prefix, or a prefix with its frame. */
  #needed = PREFIX_BYTES;

  constructor({ maxBytes, minBytes = 0 }: FrameLimits) {
    this.#maxBytes = maxBytes;
    this.#minBytes = minBytes;
  }

  /**
   * Takes the next bytes of the stream, however they are cut, and returns the frames that are complete with them, without their lengths: views, often on the chunk
   * itself. A byte is copied three times at most, however small the chunks are, and a length that is only announced takes no memory.
   *
   * @throws RangeError `a frame of N bytes, not of MIN to MAX` as soon as a length is known that is out of bounds, in place of what was complete before it. The rest of
   * the stream cannot be read then.
   */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return [];
    const bytes = joined(this.#chunks, this.#held);
    const frames: Uint8Array[] = [];
    let begin = 0;
    let end = this.#frameEnd(bytes, begin);
    while (end <= bytes.length) {
      frames.push(bytes.subarray(begin + PREFIX_BYTES, end));
      begin = end;
      end = this.#frameEnd(bytes, begin);
    }
    this.#chunks = begin < bytes.length ? [bytes.subarray(begin)] : [];
    this.#held = bytes.length - begin;
    this.#needed = end - begin;
    return frames;
  }

  /** Where the frame ends that begins here, or its prefix, while that is incomplete. */
  #frameEnd(bytes: Buffer, begin: number): number {
    const body = begin + PREFIX_BYTES;
    if (body > bytes.length) return body;
    const length = bytes.readInt32BE(begin);
    if (length >= this.#minBytes && length <= this.#maxBytes) return body + length;
    throw new RangeError(`a frame of ${length} bytes, not of ${this.#minBytes} to ${this.#maxBytes}`);
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Buffer {
  const [only] = chunks;
  return only?.length === length ? Buffer.from(only.buffer, only.byteOffset, length) : Buffer.concat(chunks, length);
}

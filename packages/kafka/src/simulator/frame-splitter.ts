/** `socket.request.max.bytes`, as brokers have it by default. */
const MAX_FRAME_BYTES = 104_857_600;

/** Cuts what a client sends into requests. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The requests that are complete with this chunk, without their lengths. Throws for a length that no broker accepts. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Uint8Array[] = [];
    while (this.#rest.length >= 4) {
      const length = this.#rest.readInt32BE(0);
      if (length < 0 || length > MAX_FRAME_BYTES) throw new RangeError(`a request of ${length} bytes`);
      if (this.#rest.length < 4 + length) break;
      frames.push(this.#rest.subarray(4, 4 + length));
      this.#rest = this.#rest.subarray(4 + length);
    }
    return frames;
  }
}

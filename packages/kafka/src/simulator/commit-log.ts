/** One record that was appended. */
export interface KafkaRecord {
  /** The number of its partition. */
  readonly partition: number;
  /** Where it stands in its partition, from 0. */
  readonly offset: number;
  /** Text, as everything that a test sends; null where the producer gave none. */
  readonly key: string | null;
  /** The same. */
  readonly value: string | null;
}

/** Where an idempotent producer stands: a batch with the sequence it had before is the same batch again. */
export interface ProducerSequence {
  readonly producerId: string;
  readonly first: number;
  readonly last: number;
}

/** The data of every topic. It outlives every broker, as it does where somebody is always in sync. */
export class CommitLog {
  readonly #topics = new Map<string, KafkaRecord[]>();
  readonly #ends = new Map<string, number>();
  readonly #sequences = new Map<string, { readonly last: number; readonly offset: number }>();
  #producers = 0;

  /** Everything that was appended to a topic, oldest first over all partitions. */
  records(topic: string): readonly KafkaRecord[] {
    return this.#topics.get(topic) ?? [];
  }

  /** Appends a batch, unless its producer has sent it before; the offset of its first record. */
  append(topic: string, partition: number, batch: readonly Pick<KafkaRecord, "key" | "value">[], sequence?: ProducerSequence): number {
    const place = `${topic}-${partition}`;
    const producer = `${sequence?.producerId} ${place}`;
    const before = sequence && this.#sequences.get(producer);
    if (before && sequence.first <= before.last) return before.offset;
    const offset = this.#ends.get(place) ?? 0;
    const records = this.#topics.get(topic) ?? [];
    records.push(...batch.map(({ key, value }, index): KafkaRecord => ({ partition, offset: offset + index, key, value })));
    this.#topics.set(topic, records);
    this.#ends.set(place, offset + batch.length);
    if (sequence) this.#sequences.set(producer, { last: sequence.last, offset });
    return offset;
  }

  /** The id of one more idempotent producer. */
  nextProducerId(): string {
    this.#producers += 1;
    return String(1_000 + this.#producers);
  }
}

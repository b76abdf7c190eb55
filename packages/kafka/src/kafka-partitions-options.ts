import * as z from "zod";
import { type KafkaOptions, type KafkaSettings, kafkaSettings } from "./kafka-options.js";

/** What `kafkaPartitions` asks, and how. */
export interface KafkaPartitionsOptions extends KafkaOptions {
  /**
   * The topics to know of. Required; at least one, each once, of Kafka's legal names. A poll costs some 40 bytes for each of their
   * partitions.
   */
  readonly topics: readonly string[];
}

/** The options with every default applied. */
export interface KafkaPartitionsSettings extends KafkaSettings {
  readonly topics: readonly string[];
  /** Names the source; no secret in it. */
  readonly key: string;
}

const TOPICS = "a list of at least one topic name, each once: 1 to 249 of a-z, A-Z, 0-9, dot, underscore and hyphen, but not . or ..";

/** As `org.apache.kafka.common.internals.Topic` has it. */
const name = z.string(TOPICS).regex(/^(?!\.{1,2}$)[\w.-]{1,249}$/, TOPICS);

const topics = z
  .array(name, TOPICS)
  .min(1, TOPICS)
  .refine((names) => new Set(names).size === names.length, TOPICS);

/** Checks the options. @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed. */
export function kafkaPartitionsSettings(options: KafkaPartitionsOptions): KafkaPartitionsSettings {
  const settings = kafkaSettings(options, { topics });
  return { ...settings, key: `kafka-partitions:${settings.seedNames}:${settings.topics.join(",")}` };
}

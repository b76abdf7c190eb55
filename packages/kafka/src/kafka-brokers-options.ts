import { type KafkaOptions, type KafkaSettings, kafkaSettings } from "./kafka-options.js";

/** What `kafkaBrokers` asks, and how. */
export type KafkaBrokersOptions = KafkaOptions;

/** The options with every default applied. */
export interface KafkaBrokersSettings extends KafkaSettings {
  /** Names the source; no secret in it. */
  readonly key: string;
}

/** Checks the options. @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed. */
export function kafkaBrokersSettings(options: KafkaBrokersOptions): KafkaBrokersSettings {
  const settings = kafkaSettings(options);
  return { ...settings, key: `kafka:${settings.seedNames}` };
}

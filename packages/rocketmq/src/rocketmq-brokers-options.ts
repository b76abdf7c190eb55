import { type RocketmqOptions, type RocketmqSettings, rocketmqSettings } from "./rocketmq-options.js";

/** What `rocketmqBrokers` asks, and how. */
export type RocketmqBrokersOptions = RocketmqOptions;

/** The options with every default applied. */
export interface RocketmqBrokersSettings extends RocketmqSettings {
  /** Names the source; no secret in it. */
  readonly key: string;
}

/** Checks the options. @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed. */
export function rocketmqBrokersSettings(options: RocketmqBrokersOptions): RocketmqBrokersSettings {
  const settings = rocketmqSettings(options);
  return { ...settings, key: `rocketmq-brokers:${settings.nameserverNames}` };
}

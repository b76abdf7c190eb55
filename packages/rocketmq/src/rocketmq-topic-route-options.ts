import { createHash } from "node:crypto";
import * as z from "zod";
import { type RocketmqOptions, type RocketmqSettings, rocketmqSettings } from "./rocketmq-options.js";

/** What `rocketmqTopicRoute` asks, and how. */
export interface RocketmqTopicRouteOptions extends RocketmqOptions {
  /**
   * The topics whose routes to know. Required; 1 to 10 000, each once, of RocketMQ's legal names. A poll costs some 200 bytes for each topic and broker, and each nameserver
   * 0.3 ms for each topic: with thousands, more than `attemptTimeoutMs` allows by default.
   */
  readonly topics: readonly string[];
}

/** The options with every default applied. */
export interface RocketmqTopicRouteSettings extends RocketmqSettings {
  readonly topics: readonly string[];
  /** Names the source; no secret in it. */
  readonly key: string;
}

const TOPICS = "a list of 1 to 10000 topic names, each once: 1 to 127 of a-z, A-Z, 0-9, %, |, underscore and hyphen";

/** As `TopicValidator.java` has it. */
const name = z.string(TOPICS).regex(/^[%|a-zA-Z0-9_-]{1,127}$/, TOPICS);

const topics = z
  .array(name, TOPICS)
  .min(1, TOPICS)
  .max(10_000, TOPICS)
  .refine((names) => new Set(names).size === names.length, TOPICS);

/** Checks the options. @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed. */
export function rocketmqTopicRouteSettings(options: RocketmqTopicRouteOptions): RocketmqTopicRouteSettings {
  const settings = rocketmqSettings(options, { topics });
  return { ...settings, key: `rocketmq-routes:${settings.nameserverNames}:${inShort(settings.topics)}` };
}

/** How long the topics in a key may be: it stands in every error. */
const SHOWN_CHARACTERS = 200;

/** All of them, or so many that one sees which they are, and a digest that tells them from others. */
function inShort(names: readonly string[]): string {
  const all = names.join(",");
  if (all.length <= SHOWN_CHARACTERS) return all;
  const digest = createHash("sha256").update(all).digest("hex").slice(0, 16);
  return `${names[0]},… (${names.length} topics, ${digest})`;
}

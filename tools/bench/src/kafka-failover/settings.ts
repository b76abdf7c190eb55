/** How often a producer sends, in milliseconds. */
export const PACE_MS = 100;

/** How often Rollcall polls, in milliseconds: about a quarter of what replacing all brokers takes. */
export const INTERVAL_MS = 3_000;

/**
 * A kafkajs consumer that is back as soon as it can: a session as short as Kafka allows (`group.min.session.timeout.ms`), since a consumer that lost
 * all brokers joins its group as somebody new, and waits for the session of its former self.
 */
export const CONSUMER = { sessionTimeout: 6_000, heartbeatInterval: 1_000, maxWaitTimeInMs: 250, allowAutoTopicCreation: false } as const;

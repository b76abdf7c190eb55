/** Whether Kafka accepts this as the name of a topic (`Topic.validate`). */
export function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== "." && name !== "..";
}

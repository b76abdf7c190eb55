import { DiscoveryError } from "@rollcall/core";

/** An error of our own: nobody is asked, or what came back is not believed. */
export function rocketmqRefusal(code: DiscoveryError["code"], message: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError(code, message, cause === undefined ? { source: "rocketmq" } : { source: "rocketmq", cause });
}

/** The message of an error without its source and code, for a message that has its own. */
export function bareMessage({ message }: DiscoveryError): string {
  return message.replace(/^\[[^\]]*\] \[[A-Z_]+\] /, "");
}

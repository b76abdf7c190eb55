import type { Endpoint } from "@rollcall/core";
import { Client } from "./sinks.js";

/** Ignores a promise that rejects. */
export class LeavesARejection extends Client {
  protected override use(endpoints: readonly Endpoint[]): void {
    super.use(endpoints);
    void Promise.reject(new Error("nobody was told"));
  }
}

/** Throws where nobody can catch it. */
export class ThrowsFromACallback extends Client {
  protected override use(endpoints: readonly Endpoint[]): void {
    super.use(endpoints);
    setImmediate(() => {
      throw new Error("nobody was told");
    });
  }
}

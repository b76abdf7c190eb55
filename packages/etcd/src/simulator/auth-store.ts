import type { Clock } from "@rollcall/core";
import { EtcdRefusal } from "./etcd-refusal.js";

/** The one user of a simulated cluster, and the tokens it was given. Without a user, authentication is not enabled. */
export class AuthStore {
  readonly #user: { readonly username: string; readonly password: string } | undefined;
  readonly #clock: Clock;
  readonly #tokens = new Set<string>();
  #issued = 0;

  /** @param user - who may ask; undefined = everybody, without a token */
  constructor(user: { readonly username: string; readonly password: string } | undefined, clock: Clock) {
    this.#user = user;
    this.#clock = clock;
  }

  /** A new token. Throws `authentication is not enabled`, `authentication failed, invalid user ID or password`. */
  authenticate(name: string, password: string): string {
    if (this.#user === undefined) throw new EtcdRefusal("authNotEnabled");
    if (name !== this.#user.username || password !== this.#user.password) throw new EtcdRefusal("authFailed");
    this.#issued += 1;
    const token = `${this.#clock.random().toString(36).slice(2)}.${this.#issued}`;
    this.#tokens.add(token);
    return token;
  }

  /** Returns if a request with this token may go on. Throws `user name is empty` without one, `invalid auth token`. */
  check(token: string | undefined): void {
    if (this.#user === undefined) return;
    if (token === undefined) throw new EtcdRefusal("userEmpty");
    if (!this.#tokens.has(token)) throw new EtcdRefusal("invalidToken");
  }

  /** Ends every token, as their time to live does. */
  expire(): void {
    this.#tokens.clear();
  }
}

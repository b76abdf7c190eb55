import type { Clock } from "@rollcall/core";
import { EtcdRefusal } from "./etcd-refusal.js";

/** The users of a simulated cluster, and the tokens they were given. Without a user, authentication is not enabled. */
export class AuthStore {
  readonly #clock: Clock;
  readonly #passwords = new Map<string, string>();
  /** Whose each token is. */
  readonly #tokens = new Map<string, string>();
  #issued = 0;

  /** @param user - the first one; without it everybody may ask, without a token */
  constructor(clock: Clock, user?: { readonly username: string; readonly password: string }) {
    this.#clock = clock;
    if (user !== undefined) this.setPassword(user.username, user.password);
  }

  /** Adds a user, or ends every token that it has; the first one switches authentication on. */
  setPassword(username: string, password: string): void {
    this.#passwords.set(username, password);
    for (const [token, user] of this.#tokens) if (user === username) this.#tokens.delete(token);
  }

  /** A new token. Throws `authentication is not enabled`, `authentication failed, invalid user ID or password`. */
  authenticate(name: string, password: string): string {
    if (this.#passwords.size === 0) throw new EtcdRefusal("authNotEnabled");
    if (this.#passwords.get(name) !== password) throw new EtcdRefusal("authFailed");
    this.#issued += 1;
    const token = `${this.#clock.random().toString(36).slice(2)}.${this.#issued}`;
    this.#tokens.set(token, name);
    return token;
  }

  /** Returns if a request with this token may go on. Throws `user name is empty` without one, `invalid auth token`. */
  check(token: string | undefined): void {
    if (this.#passwords.size === 0) return;
    if (token === undefined) throw new EtcdRefusal("userEmpty");
    if (!this.#tokens.has(token)) throw new EtcdRefusal("invalidToken");
  }

  /** Ends every token, as their time to live does. */
  expire(): void {
    this.#tokens.clear();
  }
}

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Clock, DiscoveryError } from "@rollcall/core";
import type { EtcdAuthOptions } from "./etcd-auth-options.js";
import { etcdError, saysAuthIsOff } from "./etcd-error.js";
import { askUser, isToken } from "./etcd-secrets.js";
import type { EtcdCallOptions, EtcdConnection } from "./etcd-transport.js";
import { Auth, AuthenticateRequestSchema, AuthenticateResponseSchema } from "./gen/rpc_pb.js";

/** What members are asked with. */
interface TokenContext {
  /** How long a silent member may hold up the next one, in milliseconds. */
  readonly hedgeAfterMs: number;
  readonly clock: Clock;
}

/** How a token is waited for. */
type WaitOptions = Omit<EtcdCallOptions, "metadata">;

const AUTHENTICATE = `/${Auth.typeName}/${Auth.method.authenticate.name}`;

/** Where no token is needed, or none is known yet. */
const NO_TOKEN = "";

/**
 * What goes with every call. A member that knows that it has no leader refuses at once, on every version, instead of answering wrongly
 * or late (`hasleader`); the token is sent as `token`, not as `authorization`.
 */
export function callMetadata(token: string): Readonly<Record<string, string>> {
  return token === NO_TOKEN ? { hasleader: "true" } : { hasleader: "true", token };
}

/**
 * The token of one user, for all who ask a cluster. It is got when it is first needed, by one request for all who wait, and anew once it was
 * refused. It is good at every member, but each counts by itself how long ago it was shown it (`server/auth/simple_token.go`): while one
 * member that is polled keeps it alive, it expires at the others.
 */
export class EtcdTokens {
  readonly #auth: EtcdAuthOptions | undefined;
  readonly #context: TokenContext;
  #current: string | undefined;
  #request: TokenRequest | undefined;

  constructor(auth: EtcdAuthOptions | undefined, context: TokenContext) {
    this.#auth = auth;
    this.#context = context;
  }

  /** What is known now; nobody is asked. */
  get current(): string {
    return this.#current ?? NO_TOKEN;
  }

  /**
   * The token that is known, or a new one.
   *
   * @param connection - the member to authenticate at, unless another one answers first
   * @throws DiscoveryError why this member, or the user's own function, gave none; the signal's reason when that fires
   */
  async get(connection: EtcdConnection, options: WaitOptions): Promise<string> {
    if (this.#auth === undefined || this.#current !== undefined) return this.current;
    options.signal.throwIfAborted();
    this.#request ??= new TokenRequest(this.#auth, this.#context, (token) => {
      this.#current = token;
      this.#request = undefined;
    });
    return this.#request.wait(connection, options);
  }

  /** A member did not take this token, or wants one. Returns whether another one can be had. */
  refused(token: string): boolean {
    // Others may have renewed it already.
    if (this.#current === token) this.#current = undefined;
    return this.#auth !== undefined;
  }
}

/**
 * One new token, for as long as somebody waits. The user's function is asked once. Members are asked one after the other, each when the one
 * before has failed or stays silent; its failure is told to whoever brought it, so that everybody's round can name its own members.
 */
class TokenRequest {
  readonly #auth: EtcdAuthOptions;
  readonly #context: TokenContext;
  readonly #ended: (token: string | undefined) => void;
  readonly #end = new AbortController();
  readonly #secret: Promise<string>;
  readonly #token: Promise<string>;
  #answer: string | undefined;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** @param ended - hears once, synchronously, of the token, or that nobody waits any more */
  constructor(auth: EtcdAuthOptions, context: TokenContext, ended: (token: string | undefined) => void) {
    this.#auth = auth;
    this.#context = context;
    this.#ended = ended;
    // Listens first, because whoever waits is to hear of the token, not of the end of its own call.
    this.#token = new Promise((resolve) => {
      this.#end.signal.addEventListener("abort", () => this.#answer !== undefined && resolve(this.#answer));
    });
    this.#secret = askUser(auth, this.#end.signal);
  }

  /** Whoever leaves stops nothing; when the last one has left, whatever is still asked is cancelled. */
  async wait(connection: EtcdConnection, options: WaitOptions): Promise<string> {
    this.#waiting += 1;
    try {
      return await unlessAborted(options.signal, Promise.race([this.#token, this.#askAt(connection, options)]));
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#finish(undefined);
    }
  }

  async #askAt(connection: EtcdConnection, { signal, timeoutMs }: WaitOptions): Promise<string> {
    const secret = await this.#secret;
    const turn = this.#turn;
    let next = (): void => undefined;
    this.#turn = new Promise((resolve) => (next = resolve));
    await turn;
    const { clock, hedgeAfterMs } = this.#context;
    const patience = clock.setTimeout(next, hedgeAfterMs);
    try {
      signal.throwIfAborted();
      this.#end.signal.throwIfAborted();
      const token = await exchanged(secret, this.#auth, connection, { signal: this.#end.signal, timeoutMs });
      this.#finish(token);
      return token;
    } finally {
      clock.clearTimeout(patience);
      next();
    }
  }

  #finish(token: string | undefined): void {
    if (this.#end.signal.aborted) return;
    this.#answer = token;
    this.#end.abort();
    this.#ended(token);
  }
}

/** The token that a password is good for; a token of the user's own is one already. */
async function exchanged(secret: string, auth: EtcdAuthOptions, connection: EtcdConnection, options: WaitOptions): Promise<string> {
  if ("token" in auth) return secret;
  const request = toBinary(AuthenticateRequestSchema, create(AuthenticateRequestSchema, { name: auth.username, password: secret }));
  try {
    return readToken(await connection.call(AUTHENTICATE, request, { ...options, metadata: callMetadata(NO_TOKEN) }));
  } catch (error) {
    if (saysAuthIsOff(error)) return NO_TOKEN;
    throw etcdError(error, "Authenticate");
  }
}

function readToken(answer: Uint8Array): string {
  try {
    const { token } = fromBinary(AuthenticateResponseSchema, answer);
    if (isToken(token)) return token;
  } catch {
    // The error may quote what was to be read.
  }
  throw new DiscoveryError("MALFORMED_RESPONSE", "Authenticate was answered without a token that can be sent", { source: "etcd" });
}

function unlessAborted<T>(signal: AbortSignal, outcome: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    outcome.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Clock, DiscoveryError, isDiscoveryError } from "@rollcall/core";
import type { EtcdAuthOptions } from "./etcd-auth-options.js";
import { etcdError, refusedByEtcd, saysAuthIsOff } from "./etcd-error.js";
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

/** So many members have to refuse a user before it is the cluster that does: one alone may belong to another, which its refusal does not say. */
const VERDICT_OF = 2;

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

  /** The token that was got last, unless it was refused. */
  get known(): string | undefined {
    return this.#current;
  }

  /** What to send without asking anybody. */
  get current(): string {
    return this.#current ?? NO_TOKEN;
  }

  /** For one round of questions, which ends it. */
  round(): TokenRound {
    return new TokenRound(this);
  }

  /** The request in progress, or a new one; undefined where no token is needed. The caller leaves it. */
  join(): TokenRequest | undefined {
    if (this.#auth === undefined) return undefined;
    this.#request ??= new TokenRequest(this.#auth, this.#context, (token) => {
      this.#current = token;
      this.#request = undefined;
    });
    this.#request.join();
    return this.#request;
  }

  /** A member did not take this token, or wants one. Returns whether another one can be had. */
  refused(token: string): boolean {
    // Others may have renewed it already.
    if (this.#current === token) this.#current = undefined;
    return this.#auth !== undefined;
  }
}

/**
 * The tokens of one round. The user's function is asked once for each, whoever fails; and what is true of every member (the cluster does not
 * take the user, the function failed) is told for each without asking again.
 */
export class TokenRound {
  readonly #tokens: EtcdTokens;
  #request: TokenRequest | undefined;
  #renewed = false;

  constructor(tokens: EtcdTokens) {
    this.#tokens = tokens;
  }

  /** Whether a token was renewed in this round, or is being. */
  get renewed(): boolean {
    return this.#renewed;
  }

  /**
   * The token that is known, or a new one.
   *
   * @param connection - the member to authenticate at, unless another one answers first
   * @throws DiscoveryError why this member, the cluster, or the user's own function, gave none; the signal's reason when that fires
   */
  async get(connection: EtcdConnection, options: WaitOptions): Promise<string> {
    if (this.#tokens.known !== undefined) {
      this.#request = undefined; // whichever it was, it is over
      return this.#tokens.known;
    }
    options.signal.throwIfAborted();
    this.#request ??= this.#tokens.join();
    const request = this.#request;
    if (request === undefined) return NO_TOKEN;
    const token = await request.askAt(connection, options);
    if (this.#request === request) this.#request = undefined;
    return token;
  }

  /** A member did not take this token, or wants one. Returns whether another one can be had: a round renews once, not once for each member. */
  refused(token: string): boolean {
    if (this.#tokens.known === token) {
      if (this.#renewed) return false;
      this.#renewed = true;
    }
    return this.#tokens.refused(token);
  }

  /** Nobody of this round waits any more. */
  end(): void {
    this.#request?.leave();
    this.#request = undefined;
  }
}

/** How a request ended, unless everybody left. */
type Outcome = { readonly token: string } | { readonly verdict: unknown };

/**
 * One new token, for the rounds that wait for it. The user's function is asked once. Members are asked one after the other, each when the one
 * before has failed or stays silent; its failure is told to whoever brought it, so that every round can name its own members. What is true
 * of every member ends it for all.
 */
class TokenRequest {
  readonly #auth: EtcdAuthOptions;
  readonly #context: TokenContext;
  readonly #ended: (token: string | undefined) => void;
  readonly #end = new AbortController();
  readonly #secret: Promise<string>;
  readonly #outcome: Promise<string>;
  #settle: (outcome: Outcome) => void = () => undefined;
  #turn: Promise<void> = Promise.resolve();
  #rounds = 0;
  #refusals = 0;

  /** @param ended - hears once, synchronously, of the token, or that there will be none */
  constructor(auth: EtcdAuthOptions, context: TokenContext, ended: (token: string | undefined) => void) {
    this.#auth = auth;
    this.#context = context;
    this.#ended = ended;
    this.#outcome = new Promise((resolve, reject) => {
      this.#settle = (outcome) => ("token" in outcome ? resolve(outcome.token) : reject(outcome.verdict));
    });
    this.#outcome.catch(() => undefined); // perhaps nobody waits at that moment
    this.#secret = askUser(auth, this.#end.signal);
    this.#secret.catch((verdict: unknown) => this.#finish({ verdict }));
  }

  join(): void {
    this.#rounds += 1;
  }

  /** Whoever leaves stops nothing; when the last one has left, whatever is still asked is cancelled. */
  leave(): void {
    this.#rounds -= 1;
    if (this.#rounds === 0) this.#finish(undefined);
  }

  /** The outcome, or the failure of this member; the signal's reason when that fires. */
  askAt(connection: EtcdConnection, options: WaitOptions): Promise<string> {
    return unlessAborted(options.signal, Promise.race([this.#outcome, this.#turnOf(connection, options)]));
  }

  async #turnOf(connection: EtcdConnection, { signal, timeoutMs }: WaitOptions): Promise<string> {
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
      this.#finish({ token });
      return token;
    } catch (error) {
      if (isDiscoveryError(error) && refusedByEtcd(error.cause)) this.#refusals += 1;
      if (this.#refusals === VERDICT_OF) this.#finish({ verdict: error });
      throw error;
    } finally {
      clock.clearTimeout(patience);
      next();
    }
  }

  /** Settles before it cancels, because whoever waits is to hear of the outcome, not of the end of its own call. */
  #finish(outcome: Outcome | undefined): void {
    if (this.#end.signal.aborted) return;
    if (outcome !== undefined) this.#settle(outcome);
    this.#end.abort();
    this.#ended(outcome !== undefined && "token" in outcome ? outcome.token : undefined);
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

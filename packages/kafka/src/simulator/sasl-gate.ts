import { type Body, bodyFor, HangUp, lengthPrefixed, type Request } from "./request.js";
import { BadCredentials, firstStep, type SaslStep } from "./sasl-steps.js";
import type { KafkaSimulatorUser } from "./simulator-options.js";

const UNSUPPORTED_SASL_MECHANISM = 33;
const ILLEGAL_SASL_STATE = 34;
const SASL_AUTHENTICATION_FAILED = 58;

/** What the gate says to a request. */
export interface GateAnswer {
  readonly body: Body;
  /** The connection is closed after it. */
  readonly refused: boolean;
}

/**
 * Whether one connection may ask what it likes. As with `SaslServerAuthenticator`, whoever is refused has to connect again; but a broker lets a client wait for that, by
 * `connection.failed.authentication.delay.ms`, and this one does not: a test that wants it scripts a slow SaslHandshake or SaslAuthenticate.
 */
export class SaslGate {
  readonly #user: (() => KafkaSimulatorUser) | undefined;
  #step: SaslStep | undefined;
  #raw = false;
  #open: boolean;

  /** @param user - who may pass, asked at each handshake; undefined = everybody */
  constructor(user: (() => KafkaSimulatorUser) | undefined) {
    this.#user = user;
    this.#open = user === undefined;
  }

  get open(): boolean {
    return this.#open;
  }

  /** The next frame is a bare token: the handshake was one of version 0, before SaslAuthenticate existed (KIP-152). */
  get expectsBareToken(): boolean {
    return this.#raw && this.#step !== undefined;
  }

  /** Answers SaslHandshake. It is out of place in the middle of another one, and harmless where the client is in. */
  handshake(request: Request): GateAnswer {
    const mechanism = request.body.string();
    const user = this.#open || this.#step ? undefined : this.#user?.();
    const supported = user?.mechanism === mechanism;
    const failed = user ? UNSUPPORTED_SASL_MECHANISM : ILLEGAL_SASL_STATE;
    const body = bodyFor(request).int16(supported ? 0 : failed);
    body.array(user ? [user.mechanism] : [], (one) => body.string(one));
    if (user && supported) {
      this.#step = firstStep(user);
      this.#raw = request.version === 0;
    }
    return { body, refused: !supported && !this.#open };
  }

  /** Answers SaslAuthenticate. Throws {@link HangUp} without a handshake. */
  authenticate(request: Request): GateAnswer {
    const [error, message, token] = this.#tokenOrError(request.body.bytes());
    const body = bodyFor(request).int16(error).string(message).bytes(token);
    if (request.version >= 1) body.int64("0"); // session lifetime: for ever
    return { body, refused: error !== 0 && !this.#open };
  }

  /** Answers a bare token. Throws {@link HangUp}: a refusal has no other form here. */
  bareToken(token: Uint8Array): Uint8Array {
    const [error, message, answer] = this.#tokenOrError(token);
    if (error !== 0) throw new HangUp(message ?? "");
    return lengthPrefixed(answer);
  }

  #tokenOrError(token: Uint8Array): readonly [error: number, message: string | null, token: Uint8Array] {
    const nothing = new Uint8Array();
    if (this.#open) return [ILLEGAL_SASL_STATE, "SaslAuthenticate request received after successful authentication", nothing];
    if (this.#step === undefined) throw new HangUp("SaslAuthenticate without SaslHandshake");
    try {
      const { answer, next } = this.#step(Buffer.from(token).toString());
      this.#step = next;
      this.#open = next === undefined;
      return [0, null, Buffer.from(answer)];
    } catch (error) {
      if (!(error instanceof BadCredentials)) throw error;
      return [SASL_AUTHENTICATION_FAILED, error.message, nothing];
    }
  }
}

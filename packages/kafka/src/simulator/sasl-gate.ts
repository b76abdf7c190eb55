import { type Body, bodyFor, HangUp, lengthPrefixed, type Request } from "./request.js";
import { BadCredentials, firstStep, type SaslStep } from "./sasl-steps.js";
import type { KafkaSimulatorUser } from "./simulator-options.js";

const UNSUPPORTED_SASL_MECHANISM = 33;
const ILLEGAL_SASL_STATE = 34;
const SASL_AUTHENTICATION_FAILED = 58;

/** Whether one connection may ask what it likes. */
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

  /** Answers SaslHandshake. */
  handshake(request: Request): Body {
    const user = this.#user?.();
    const mechanism = request.body.string();
    const supported = user?.mechanism === mechanism;
    if (user && supported) this.#step = firstStep(user);
    this.#raw = request.version === 0;
    const failed = user ? UNSUPPORTED_SASL_MECHANISM : ILLEGAL_SASL_STATE;
    const body = bodyFor(request).int16(supported ? 0 : failed);
    return body.array(user ? [user.mechanism] : [], (one) => body.string(one));
  }

  /** Answers SaslAuthenticate; after `refused` the connection is closed. */
  authenticate(request: Request): { readonly body: Body; readonly refused: boolean } {
    const [error, message, token] = this.#tokenOrError(request.body.bytes());
    const body = bodyFor(request).int16(error).string(message).bytes(token);
    if (request.version >= 1) body.int64("0"); // session lifetime: for ever
    return { body, refused: error !== 0 };
  }

  /** Answers a bare token. Throws {@link HangUp}: a refusal has no other form here. */
  bareToken(token: Uint8Array): Uint8Array {
    const [error, message, answer] = this.#tokenOrError(token);
    if (error !== 0) throw new HangUp(message ?? "");
    return lengthPrefixed(answer);
  }

  #tokenOrError(token: Uint8Array): readonly [error: number, message: string | null, token: Uint8Array] {
    const nothing = new Uint8Array();
    if (this.#step === undefined) return [ILLEGAL_SASL_STATE, "SaslAuthenticate request received outside of a SASL handshake", nothing];
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

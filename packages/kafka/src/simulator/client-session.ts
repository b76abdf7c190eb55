import type { Clock } from "@rollcall/core";
import type { ApiName, ApiRanges } from "./api-table.js";
import { apiVersionsAnswer, unsupportedApiVersions } from "./api-versions.js";
import { answerFrame, type Body, HangUp, type Request, readRequest } from "./request.js";
import type { GateAnswer, SaslGate } from "./sasl-gate.js";
import { type Reply, type ScriptedAnswer, scriptedReply } from "./scripted-answer.js";

/** What a listener answers, apart from ApiVersions and SASL. Undefined: the client wants no answer. */
export type Handlers = Readonly<Partial<Record<ApiName, (request: Request) => Body | undefined>>>;

/** Who listens. */
export interface Service {
  readonly ranges: ApiRanges;
  readonly handlers: Handlers;
  readonly clock: Clock;
  /** Called with every request that is understood. */
  asked(api: ApiName): void;
  /** What to do instead of answering this request. */
  script(api: ApiName): ScriptedAnswer | undefined;
}

/** One client's conversation with a listener. */
export class ClientSession {
  readonly #service: Service;
  readonly #gate: SaslGate;

  constructor(service: Service, gate: SaslGate) {
    this.#service = service;
    this.#gate = gate;
  }

  /** Answers one request. Rejects where a broker closes the connection without a word. */
  async respond(frame: Uint8Array): Promise<Reply> {
    if (this.#gate.expectsBareToken) return { bytes: this.#gate.bareToken(frame) };
    const request = readRequest(frame);
    const { api, version } = request;
    const range = this.#service.ranges.get(api);
    if (range === undefined || version < range.min || version > range.max) return { bytes: this.#refuseVersion(request) };
    this.#service.asked(api);
    const { body, refused = false } = this.#answer(request);
    if (body === undefined) return {};
    const reply = await scriptedReply(answerFrame(request, body), this.#service.script(api), this.#service.clock);
    return refused ? { after: "close", ...reply } : reply;
  }

  #answer(request: Request): Partial<GateAnswer> {
    if (request.api === "ApiVersions") return { body: apiVersionsAnswer(request, this.#service.ranges) };
    if (request.api === "SaslHandshake") return this.#gate.handshake(request);
    if (request.api === "SaslAuthenticate") return this.#gate.authenticate(request);
    const handler = this.#service.handlers[request.api];
    if (!this.#gate.open || handler === undefined) throw new HangUp(`${request.api} is not allowed here`);
    const body = handler(request);
    return body ? { body } : {};
  }

  /** Only ApiVersions may be asked in a version that is not there (KIP-35). */
  #refuseVersion(request: Request): Uint8Array {
    if (request.api !== "ApiVersions") throw new HangUp(`${request.api} has no version ${request.version} here`);
    return answerFrame(request, unsupportedApiVersions(this.#service.ranges));
  }
}

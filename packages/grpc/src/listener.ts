import { DiscoveryError } from "@rollcall/core";
import type { Answer, EndpointsAnswer, GrpcEndpoint } from "./answer.js";

/** Tells one channel. False: it did not apply the endpoints. */
export type Tell = (answer: Answer) => boolean;

interface StatusObject {
  readonly code: number;
  readonly details: string;
  readonly metadata: object;
}

/** grpc-js 1.14 and newer (grpc-node pull request 2925). */
type FunctionListener = (
  endpoints: { ok: true; value: GrpcEndpoint[] } | { ok: false; error: StatusObject },
  attributes: object,
  serviceConfig: { ok: true; value: object },
  resolutionNote: string,
) => boolean;

/** grpc-js 1.10 to 1.13. */
interface ObjectListener {
  onSuccessfulResolution(
    endpoints: GrpcEndpoint[],
    serviceConfig: object,
    serviceConfigError: null,
    configSelector: null,
    attributes: object,
  ): void;
  onError(error: StatusObject): void;
}

const UNAVAILABLE = 14;

/** Attributes become part of what connections are pooled by, compared with `===`: a fresh object would reconnect everybody. */
const NO_ATTRIBUTES: object = Object.freeze({});

/**
 * One way to tell both shapes of resolver listener.
 *
 * @param serviceConfig - takes the place of the channel's own, so it has to contain it
 * @throws DiscoveryError `INVALID_OPTIONS` for any other shape.
 */
export function tellerFor(listener: unknown, Metadata: new () => object, serviceConfig: object): Tell {
  const status = (details: string): StatusObject => ({ code: UNAVAILABLE, details, metadata: new Metadata() });
  if (isFunctionListener(listener)) {
    return (answer) => {
      const result =
        answer.kind === "error" ? ({ ok: false, error: status(answer.details) } as const) : ({ ok: true, value: copy(answer) } as const);
      return listener(result, NO_ATTRIBUTES, { ok: true, value: serviceConfig }, "") !== false;
    };
  }
  if (isObjectListener(listener)) {
    return (answer) => {
      if (answer.kind === "error") listener.onError(status(answer.details));
      else listener.onSuccessfulResolution(copy(answer), serviceConfig, null, null, NO_ATTRIBUTES);
      return true;
    };
  }
  throw new DiscoveryError(
    "INVALID_OPTIONS",
    "this version of @grpc/grpc-js takes addresses in a way that this version of @rollcall/grpc does not know; " +
      "use a version of @grpc/grpc-js within its peer range, or update @rollcall/grpc",
    { source: "grpc" },
  );
}

/** A balancing policy may do with its list what it likes; the shared one stays as it is. */
function copy(answer: EndpointsAnswer): GrpcEndpoint[] {
  return answer.endpoints.map(({ addresses }) => ({ addresses: addresses.map((address) => ({ ...address })) }));
}

function isFunctionListener(listener: unknown): listener is FunctionListener {
  return typeof listener === "function";
}

function isObjectListener(listener: unknown): listener is ObjectListener {
  const { onSuccessfulResolution, onError } = (listener ?? {}) as Record<string, unknown>;
  return typeof onSuccessfulResolution === "function" && typeof onError === "function";
}

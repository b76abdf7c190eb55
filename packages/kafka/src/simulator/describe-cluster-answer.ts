import { type Body, bodyFor, type Request } from "./request.js";
import type { ClusterFacts } from "./scripted-answer.js";

/** The two kinds of endpoint (KIP-919). */
export type EndpointType = "brokers" | "controllers";

const TYPES: readonly EndpointType[] = ["brokers", "controllers"];
const MISMATCHED_ENDPOINT_TYPE = 114;
const UNSUPPORTED_ENDPOINT_TYPE = 115;
const NOT_ASKED_FOR = -2_147_483_648;

/**
 * Answers DescribeCluster at a listener of the given type: its own kind of node, or an error, which names neither the cluster nor its controller.
 *
 * @param controllerId - of whom it says that it is the controller
 */
export function describeClusterAnswer(request: Request, facts: ClusterFacts, controllerId: number, listener: EndpointType): Body {
  const { body: asked, version } = request;
  asked.boolean(); // authorized operations: there is no authorizer
  const type = version >= 1 ? asked.int8() : 1;
  const fencedToo = version >= 2 && asked.boolean();
  const error = facts.error || endpointError(type, listener);
  const brokers = error === 0 ? facts.brokers.filter(({ fenced }) => fencedToo || !fenced) : [];

  const body = bodyFor(request).int32(0).int16(error);
  body.string(error === 0 ? null : "The request was sent to an endpoint of the wrong type, or cannot be answered here.");
  if (version >= 1) body.int8(error === 0 ? type : 1);
  body.string(error === 0 ? facts.clusterId : "").int32(error === 0 ? controllerId : -1);
  body.array(brokers, ({ id, host, port, rack, fenced }) => {
    body
      .int32(id)
      .string(host)
      .int32(port)
      .string(rack ?? null);
    if (version >= 2) body.boolean(fenced);
    body.tags();
  });
  return body.int32(NOT_ASKED_FOR).tags();
}

function endpointError(type: number, listener: EndpointType): number {
  const asked = TYPES[type - 1];
  if (asked === undefined) return UNSUPPORTED_ENDPOINT_TYPE;
  return asked === listener ? 0 : MISMATCHED_ENDPOINT_TYPE;
}

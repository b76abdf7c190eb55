import type { BalancingParts } from "./balancing.js";
import { TLS_NAME_OPTION } from "./tls-names.js";
import type { WatchingPolicyJson } from "./watching-policy.js";

/** The parts that are changed or read here. */
interface ServiceConfig {
  readonly loadBalancingConfig?: readonly object[];
  readonly methodConfig?: unknown;
}

/**
 * The channel's own service config, in which its policies are the children of the watching one. A resolver that gives one takes
 * the place of the channel's own, which has been checked by grpc-js before a resolver is made, but not been read into the form
 * in which it is used. That form differs from what the user wrote in the timeouts.
 *
 * @param channelOptions - those of the channel
 * @param name - of the watching policy
 */
export function watchingServiceConfig(
  channelOptions: object,
  name: string,
  suspect: WatchingPolicyJson["suspect"],
  parseDuration: BalancingParts["parseDuration"],
): object {
  const { "grpc.service_config": text, [TLS_NAME_OPTION]: tlsName } = channelOptions as Readonly<Record<string, unknown>>;
  const own: ServiceConfig = typeof text === "string" && text !== "" ? JSON.parse(text) : {};
  const { loadBalancingConfig = [], methodConfig } = own;
  const policy: WatchingPolicyJson = { suspect, ownTlsName: Boolean(tlsName), child: loadBalancingConfig };
  const methods: readonly { readonly timeout?: unknown }[] = Array.isArray(methodConfig) ? methodConfig : [];
  return {
    ...own,
    loadBalancingConfig: [{ [name]: policy }],
    methodConfig: methods.map((method) =>
      typeof method.timeout === "string" ? { ...method, timeout: parseDuration(method.timeout) } : method,
    ),
  };
}

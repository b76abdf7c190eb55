import { hostPort } from "@rollcall/core";
import type { GrpcAddress, GrpcEndpoint } from "./answer.js";

/** The channel option that grpc-js reads for every connection, although it means it for a whole channel. */
export const TLS_NAME_OPTION = "grpc.ssl_target_name_override";

/** What a policy is told: a bare list before grpc-js 1.14, the result of asking for one since. */
type ToldList = readonly GrpcEndpoint[] | { readonly ok: true; readonly value: readonly GrpcEndpoint[] } | { readonly ok: false };

/**
 * The TLS names of the addresses that a policy was told last. Looked up by address, because a policy inside may go on with the
 * address of an earlier list (`weighted_round_robin` does).
 */
export class TlsNames {
  #byAddress: ReadonlyMap<string, string> = new Map();

  /** Those of a new list; an error takes nothing away. */
  learn(list: unknown): void {
    const told = list as ToldList;
    if ("ok" in told && !told.ok) return;
    const endpoints = "ok" in told ? told.value : told;
    this.#byAddress = new Map(endpoints.flatMap(({ addresses }) => addresses.map((at) => [hostPort.format(at), at.tlsName])));
  }

  /**
   * What to dial an address with. Equal for equal names, key by key, because that is what connections are pooled by. Whether they
   * are plaintext is not known here: they do not look at their name, and are made again when it changes.
   */
  argsFor(address: Pick<GrpcAddress, "host" | "port">, args: object): object {
    const name = this.#byAddress.get(hostPort.format(address));
    return name === undefined ? args : { ...args, [TLS_NAME_OPTION]: name };
  }
}

import * as grpc114 from "@grpc/grpc-js";
import * as grpc112 from "grpc-js-1.12";
import * as grpc113 from "grpc-js-1.13";
import type { GrpcModule, ResolverClass } from "../../src/index.js";

/** A copy of grpc-js, with the types of the newest. */
export type Grpc = typeof grpc114;

/** One copy per minor version, all in this process. 1.12 and 1.13 tell an object, 1.14 a function. */
export const copies: readonly { readonly version: string; readonly grpc: Grpc }[] = [
  { version: "1.12", grpc: grpc112 as unknown as Grpc },
  { version: "1.13", grpc: grpc113 as unknown as Grpc },
  { version: "1.14", grpc: grpc114 },
];

/** What passed between channels and resolvers. */
export interface Traffic {
  /** Calls of `updateResolution()`. */
  asked: number;
  /** Sizes of the lists told, in order. */
  readonly lists: number[];
  /** Errors told. */
  errors: number;
}

/** The same copy, with the traffic between its channels and resolvers registered through it written down. */
export function observed(grpc: Grpc): { readonly grpc: GrpcModule; readonly traffic: Traffic } {
  const traffic: Traffic = { asked: 0, lists: [], errors: 0 };
  const registerResolver = (scheme: string, Base: ResolverClass): void => {
    class Observed extends Base {
      constructor(target: ConstructorParameters<ResolverClass>[0], listener: unknown, options: object) {
        super(target, written(listener, traffic), options);
      }
      override updateResolution(): void {
        traffic.asked += 1;
        super.updateResolution();
      }
    }
    (grpc as GrpcModule).experimental.registerResolver(scheme, Observed);
  };
  return { grpc: { ...grpc, experimental: { ...grpc.experimental, registerResolver } }, traffic };
}

interface ObjectListener {
  onSuccessfulResolution(list: readonly unknown[], ...rest: unknown[]): void;
  onError(error: unknown): void;
}

function written(listener: unknown, traffic: Traffic): unknown {
  if (typeof listener === "function") {
    return (result: { ok: boolean; value: readonly unknown[] }, ...rest: unknown[]): unknown => {
      if (result.ok) traffic.lists.push(result.value.length);
      else traffic.errors += 1;
      return listener(result, ...rest);
    };
  }
  const inner = listener as ObjectListener;
  return {
    onSuccessfulResolution: (list: readonly unknown[], ...rest: unknown[]) => {
      traffic.lists.push(list.length);
      inner.onSuccessfulResolution(list, ...rest);
    },
    onError: (error: unknown) => {
      traffic.errors += 1;
      inner.onError(error);
    },
  };
}

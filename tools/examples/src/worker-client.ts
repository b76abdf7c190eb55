import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import type { EndpointFeed } from "@rollcall/core";
import { grpcTarget } from "@rollcall/grpc";

const STATUS = "/etcdserverpb.Maintenance/Status";
const DEADLINE_MS = 3_000;
const TRIES = 3;
const roundRobin = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }], methodConfig: [] });
const same = (bytes: Buffer): Buffer => bytes;

/** A client of an etcd cluster, as any worker might have one: it knows nothing of threads or processes. */
export class WorkerClient {
  readonly #client: Client;

  constructor(feed: EndpointFeed) {
    this.#client = new Client(grpcTarget(feed), credentials.createInsecure(), { "grpc.service_config": roundRobin });
  }

  /**
   * Calls some member; one that is removed takes the calls with it that it has not answered, so these go to the next. Resolves with its address, or
   * with what went wrong: then `grpcTarget` has told the feed whom it suspects.
   */
  async call(): Promise<string> {
    for (let left = TRIES; ; left -= 1) {
      const outcome = await this.#once();
      if (typeof outcome === "string") return outcome;
      if (left === 1 || outcome.code !== status.UNAVAILABLE) return outcome.message;
    }
  }

  close(): void {
    this.#client.close();
  }

  #once(): Promise<string | ServiceError> {
    return new Promise((resolve) => {
      const options = { deadline: Date.now() + DEADLINE_MS };
      const call = this.#client.makeUnaryRequest(STATUS, same, same, Buffer.alloc(0), options, (error) => resolve(error ?? call.getPeer()));
    });
  }
}

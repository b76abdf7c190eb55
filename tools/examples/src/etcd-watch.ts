import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Client, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { loadSync, type MethodDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import { type EndpointFeed, hostPort } from "@rollcall/core";

/** One change of one key; 64-bit numbers are decimal strings. */
export interface WatchEvent {
  readonly type: "PUT" | "DELETE";
  /** `mod_revision` is that of the change. */
  readonly kv: { readonly key: Buffer; readonly value: Buffer; readonly mod_revision: string; readonly version: string };
}

interface WatchResponse {
  readonly header: { readonly revision: string };
  readonly created: boolean;
  readonly canceled: boolean;
  readonly cancel_reason: string;
  readonly compact_revision: string;
  readonly events: readonly WatchEvent[];
}

const PROTO = fileURLToPath(new URL("../proto/watch.proto", import.meta.url));
const { "etcdserverpb.Watch": service } = loadSync(PROTO, { keepCase: true, longs: String, enums: String, defaults: true });
const method = (service as ServiceDefinition)["Watch"] as MethodDefinition<object, WatchResponse>;

/** How a stream ends that another member would not end: with everything else the watch goes on. */
const FINAL: readonly unknown[] = [status.INVALID_ARGUMENT, status.PERMISSION_DENIED, status.UNAUTHENTICATED, status.UNIMPLEMENTED];

/**
 * Every change below a prefix, once and in order, whatever becomes of the members. Whether a stream stays on a member that is not in use any more, because it has left or does not serve, is
 * for nobody to say but the application: this one gives it `maxDrainMs`, then cancels it and goes on with another member, after the last revision that it has seen.
 *
 * @param client - on `grpcTarget(feed)`, with `round_robin` and keepalive
 * @param options - `after`: the revision up to which everything is known, from the header of what was read before. `maxDrainMs`: default 30 000. `metadata`: the token,
 * where etcd wants one. `signal`: ends it
 * @throws what etcd refuses, such as a revision that is compacted; the signal's reason
 */
export async function* watchPrefix(
  client: Client,
  feed: EndpointFeed,
  prefix: string,
  options: { readonly after: string; readonly maxDrainMs?: number; readonly metadata?: Metadata; readonly signal?: AbortSignal },
): AsyncGenerator<WatchEvent, never> {
  const { after, maxDrainMs = 30_000, signal } = options;
  const metadata = options.metadata?.clone() ?? new Metadata();
  metadata.set("hasleader", "true"); // a member that is cut off ends the stream, instead of being silent
  const range_end = Buffer.from(prefix);
  range_end[range_end.length - 1] = (range_end.at(-1) ?? 0) + 1;
  for (let next = BigInt(after) + 1n; ; await pause(100, undefined, { signal })) {
    signal?.throwIfAborted();
    const { call, look, end } = open(client, feed, maxDrainMs, metadata, signal);
    try {
      call.write({ create_request: { key: Buffer.from(prefix), range_end, start_revision: String(next), progress_notify: true } });
      for await (const response of call as AsyncIterable<WatchResponse>) {
        const { created, canceled, events, header, compact_revision, cancel_reason } = response;
        if (canceled) throw new Error(cancel_reason || `revision ${next} is compacted, as is everything before ${compact_revision}`);
        look();
        yield* events;
        // Without events it says that there are none up to here; the first answer says only how far the member is.
        if (events.length > 0 || !created) next = BigInt(events.at(-1)?.kv.mod_revision ?? header.revision) + 1n;
      }
    } catch (error) {
      const { code } = error as Partial<ServiceError>;
      if (code === undefined || FINAL.includes(code)) throw error;
    } finally {
      end();
    }
  }
}

/** A stream that is cancelled once its member was not in use, or none had answered it, for so long. */
function open(client: Client, feed: EndpointFeed, maxDrainMs: number, metadata: Metadata, signal?: AbortSignal) {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    if (feed.snapshot?.endpoints.some((member) => hostPort.format(member) === call.getPeer())) timer = void clearTimeout(timer);
    else timer ??= setTimeout(cancel, maxDrainMs);
  };
  const cancel = (): void => call.cancel();
  const subscription = feed.subscribe(look);
  const call = client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, metadata);
  call.on("error", () => undefined); // whoever iterates hears of it, as long as he does
  signal?.addEventListener("abort", cancel);
  const end = (): void => {
    subscription[Symbol.dispose]();
    signal?.removeEventListener("abort", cancel);
    clearTimeout(timer);
    cancel();
  };
  return { call, look, end };
}

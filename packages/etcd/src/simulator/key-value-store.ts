import { create } from "@bufbuild/protobuf";
import { type KeyValue, KeyValueSchema, type PutRequest, type RangeRequest, type RangeResponse } from "../gen/rpc_pb.js";
import { EtcdRefusal } from "./etcd-refusal.js";

/** The keys of the cluster, shared by its members: the latest version of each, no history. */
export class KeyValueStore {
  /** By the key's bytes as Latin-1, so that comparing strings compares bytes. */
  readonly #entries = new Map<string, KeyValue>();
  #revision = 1n;

  /** The revision of the last write, 1 before any. */
  get revision(): string {
    return String(this.#revision);
  }

  /** Writes a key. Throws `key is not provided`. */
  put(request: PutRequest): void {
    if (request.key.length === 0) throw new EtcdRefusal("emptyKey");
    const key = latin1(request.key);
    const before = this.#entries.get(key);
    this.#revision += 1n;
    const entry = create(KeyValueSchema, {
      key: request.key,
      value: request.value,
      createRevision: before?.createRevision ?? this.revision,
      modRevision: this.revision,
      version: String(BigInt(before?.version ?? 0) + 1n),
    });
    this.#entries.set(key, entry);
  }

  /** Reads one key, or `[key, rangeEnd)`; a `rangeEnd` of one zero byte means no end. Throws `key is not provided`. */
  range(request: RangeRequest): Pick<RangeResponse, "kvs" | "count" | "more"> {
    if (request.key.length === 0) throw new EtcdRefusal("emptyKey");
    const found = this.#between(latin1(request.key), latin1(request.rangeEnd));
    const limit = Number(request.limit) || found.length;
    const kvs = request.countOnly ? [] : found.slice(0, limit);
    return {
      kvs: request.keysOnly ? kvs.map((entry) => ({ ...entry, value: new Uint8Array() })) : kvs,
      count: String(found.length),
      more: !request.countOnly && found.length > limit,
    };
  }

  #between(from: string, to: string): readonly KeyValue[] {
    if (to === "") {
      const entry = this.#entries.get(from);
      return entry === undefined ? [] : [entry];
    }
    const within = [...this.#entries].filter(([key]) => key >= from && (to === "\0" || key < to));
    return within.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

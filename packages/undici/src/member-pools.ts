import { type Endpoint, hostPort, systemClock } from "@rollcall/core";
import { Pool } from "undici";
import type { Service } from "./service.js";
import { connectAs, tlsNameOf } from "./tls-name.js";

/** The connections to one address. */
export interface Member {
  readonly at: Pick<Endpoint, "host" | "port">;
  /** `host:port`. */
  readonly address: string;
  /** Such as `http://10.0.0.1:8080`. */
  readonly origin: string;
  /** What its certificate must carry. */
  readonly tlsName: string;
  readonly pool: Pool;
}

/** One pool for each address in use, in turn. */
export class MemberPools {
  readonly #service: Service;
  readonly #options: Pool.Options;
  readonly #draining = new Set<Pool>();
  #members: readonly Member[] = [];
  #of: readonly Endpoint[] | undefined;
  // Processes that start together, each for one request, must not all send it to the same member.
  #turn: number = systemClock.random();

  constructor(service: Service, options: Pool.Options) {
    this.#service = service;
    this.#options = options;
  }

  /**
   * From now on these are the members. Those that stay keep their connections; those that left end theirs when nothing runs on them.
   * Keyed by address, since two endpoints may share or swap theirs; of several with one address the first counts.
   */
  use(endpoints: readonly Endpoint[]): void {
    if (endpoints === this.#of) return;
    const before = new Map(this.#members.map((member) => [member.address, member]));
    const next = new Map<string, Member>();
    for (const endpoint of endpoints) {
      const address = hostPort.format(endpoint);
      if (next.has(address)) continue;
      const tlsName = tlsNameOf(endpoint, this.#service, this.#options.connect);
      const old = before.get(address);
      next.set(address, old?.tlsName === tlsName ? old : this.#open(endpoint, address, tlsName));
    }
    for (const member of this.#members) if (next.get(member.address) !== member) this.#drain(member.pool);
    if (this.#of === undefined) this.#turn = Math.floor(this.#turn * next.size);
    this.#members = [...next.values()];
    this.#of = endpoints;
  }

  /** Whose turn it is, of those whose address is not among `tried`. */
  next(tried: ReadonlySet<string>): Member | undefined {
    const count = this.#members.length;
    for (let step = 0; step < count; step += 1) {
      const at = (this.#turn + step) % count;
      const member = this.#members[at];
      if (member === undefined || tried.has(member.address)) continue;
      this.#turn = at + 1;
      return member;
    }
    return undefined;
  }

  /** Ends every pool, those of members that left too; nobody is a member from now on. */
  async end(how: (pool: Pool) => Promise<void>): Promise<void> {
    for (const { pool } of this.#members) this.#draining.add(pool);
    this.#members = [];
    await Promise.allSettled([...this.#draining].map(how));
  }

  #open({ host, port }: Endpoint, address: string, tlsName: string): Member {
    const origin = `${this.#service.protocol}//${address}`;
    const pool = new Pool(origin, { ...this.#options, ...connectAs(tlsName, this.#options.connect) });
    return { at: { host, port }, address, origin, tlsName, pool };
  }

  #drain(pool: Pool): void {
    const done = (): void => void this.#draining.delete(pool);
    this.#draining.add(pool);
    pool.close().then(done, done);
  }
}

import { DiscoveryError, type Endpoint, hostPort, systemClock } from "@rollcall/core";
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
  readonly #held = new Set<Promise<void>>();
  #members: readonly Member[] = [];
  #of: readonly Endpoint[] | undefined;
  #unusable: DiscoveryError | undefined;
  // Processes that start together, each for one request, must not all send it to the same member.
  #turn: number = systemClock.random();

  constructor(service: Service, options: Pool.Options) {
    this.#service = service;
    this.#options = options;
  }

  /** The user has a function of its own that connects. */
  get ownConnect(): boolean {
    return typeof this.#options.connect === "function";
  }

  /** Who of the set in use cannot be asked, as the error that says why. */
  get unusable(): DiscoveryError | undefined {
    return this.#unusable;
  }

  get size(): number {
    return this.#members.length;
  }

  has(member: Member): boolean {
    return this.#members.includes(member);
  }

  /**
   * From now on these are the members. Those that stay keep their connections; those that left end theirs when nothing runs on them.
   * Keyed by address, since two endpoints may share or swap theirs; of several with one address the first counts.
   * Those that no URL can name are left out.
   */
  use(endpoints: readonly Endpoint[]): void {
    if (endpoints === this.#of) return;
    const before = new Map(this.#members.map((member) => [member.address, member]));
    const next = new Map<string, Member>();
    const unusable = new Set<string>();
    for (const endpoint of endpoints) {
      const address = hostPort.format(endpoint);
      if (next.has(address)) continue;
      if (!isNamed(this.#originOf(address))) {
        unusable.add(address);
        continue;
      }
      const tlsName = tlsNameOf(endpoint, this.#service, this.#options.connect);
      const old = before.get(address);
      next.set(address, old?.tlsName === tlsName ? old : this.#open(endpoint, address, tlsName));
    }
    for (const member of this.#members) if (next.get(member.address) !== member) this.#drain(member.pool);
    if (this.#of === undefined) this.#turn = Math.floor(this.#turn * next.size);
    this.#members = [...next.values()];
    this.#of = endpoints;
    this.#unusable = unusable.size === 0 ? undefined : unnamed([...unusable]);
  }

  /** Whose turn it is, of those who are not among `tried`. */
  next(tried: ReadonlySet<Member>): Member | undefined {
    const count = this.#members.length;
    for (let step = 0; step < count; step += 1) {
      const at = (this.#turn + step) % count;
      const member = this.#members[at];
      if (member === undefined || tried.has(member)) continue;
      this.#turn = at + 1;
      return member;
    }
    return undefined;
  }

  /** Keeps the pools open for a request that may yet have to go to another member, until what it returns is called. */
  hold(): () => void {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held.add(held);
    return () => {
      this.#held.delete(held);
      release();
    };
  }

  /** Ends when every request has. */
  async close(): Promise<void> {
    await Promise.all(this.#held);
    await this.#end((pool) => pool.close());
  }

  /** Ends every request. */
  async destroy(error: Error | null): Promise<void> {
    await this.#end((pool) => pool.destroy(error));
  }

  /** Ends every pool, those of members that left too; nobody is a member from now on. */
  async #end(how: (pool: Pool) => Promise<void>): Promise<void> {
    for (const { pool } of this.#members) this.#draining.add(pool);
    this.#members = [];
    await Promise.allSettled([...this.#draining].map(how));
  }

  #originOf(address: string): string {
    return `${this.#service.protocol}//${address}`;
  }

  #open({ host, port }: Endpoint, address: string, tlsName: string): Member {
    const origin = this.#originOf(address);
    const pool = new Pool(origin, { ...this.#options, ...connectAs(tlsName, this.#options.connect) });
    return { at: { host, port }, address, origin, tlsName, pool };
  }

  #drain(pool: Pool): void {
    const done = (): void => void this.#draining.delete(pool);
    this.#draining.add(pool);
    pool.close().then(done, done);
  }
}

/** Whether a URL reads this as an origin and nothing else: `node.1` is no address to it, and `a?b` has a query. */
function isNamed(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.href === `${url.origin}/`;
}

function unnamed(addresses: readonly string[]): DiscoveryError {
  const who = addresses.map((address) => JSON.stringify(address)).join(", ");
  return new DiscoveryError(
    "MALFORMED_RESPONSE",
    `no URL can name the member ${who}, so it is sent no request; have it listed by another host, or change that by the poller's mapEndpoint`,
    { source: "undici" },
  );
}

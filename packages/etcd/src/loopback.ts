import { BlockList, isIP } from "node:net";
import { addressUrl, parseEtcdAddress } from "./etcd-address.js";
import { type EtcdMetadata, NO_ID } from "./etcd-members-metadata.js";
import type { EtcdMembersSettings } from "./etcd-members-options.js";

/** How many of them a text names; a hostile list could be long. */
const NAMED = 5;

/**
 * Judges client URLs that lead whoever reads them back to the own machine, such as etcd's default `http://localhost:2379`: good while the cluster
 * runs here, else no endpoints. Once a member whose answer was taken was reached at such an address they are good for ever, so that one answer
 * means the same endpoints unless that is learned in between.
 */
export class LoopbackGuard {
  readonly #own = ownMachine();
  readonly #isOpen: boolean;
  #keeps: boolean;
  /** Until an answer is taken. */
  #keepsStored = false;
  #answered = false;
  #warned = false;

  constructor({ loopback, seeds }: Pick<EtcdMembersSettings, "loopback" | "seeds">) {
    this.#isOpen = loopback === undefined;
    this.#keeps = loopback === "keep" || (this.#isOpen && typeof seeds !== "function" && seeds.some((url) => this.#leadsBack(url)));
  }

  /**
   * A member has answered at this host.
   * @param take - judges the answer in this light; when it throws, nothing was learned
   */
  reached(host: string, take: () => void): void {
    const [keeps, answered] = [this.#keeps, this.#answered];
    this.#keeps ||= this.#isOpen && this.#isOwn(host);
    this.#answered = true;
    try {
      take();
    } catch (error) {
      [this.#keeps, this.#answered] = [keeps, answered];
      throw error;
    }
  }

  /** What was stored has no other client URLs: these were good then, and are until an answer says more. */
  restored(): void {
    this.#keepsStored = this.#isOpen;
  }

  get #lets(): boolean {
    return this.#keeps || (this.#keepsStored && !this.#answered);
  }

  /** The answer as far as its client URLs are good. */
  usable(metadata: EtcdMetadata): EtcdMetadata {
    if (this.#lets) return metadata;
    const good = (url: string): boolean => !this.#leadsBack(url);
    return { ...metadata, members: metadata.members.map((member) => ({ ...member, clientUrls: member.clientUrls.filter(good) })) };
  }

  /** Which members lose a client URL, and what to do about it; undefined if none does. */
  complaint({ members }: EtcdMetadata): string | undefined {
    if (this.#lets) return undefined;
    const dropped = members
      .filter(({ role }) => role === "voter")
      .flatMap(({ id, clientUrls }) => clientUrls.filter((url) => this.#leadsBack(url)).map((url) => named(id, url)));
    if (dropped.length === 0) return undefined;
    const more = dropped.length > NAMED ? ` and ${dropped.length - NAMED} more` : "";
    return `client URLs that lead every client back to its own machine are no endpoints: ${dropped.slice(0, NAMED).join(", ")}${more}. Set the members' --advertise-client-urls to what clients can reach, or set loopback: "keep" and rewrite them with the poller's mapEndpoint`;
  }

  /** Says so, once, as a process warning. */
  warn(metadata: EtcdMetadata): void {
    const complaint = this.#warned ? undefined : this.complaint(metadata);
    if (complaint === undefined) return;
    this.#warned = true;
    process.emitWarning(`[etcd] ${complaint}`, { type: "RollcallWarning", code: "ROLLCALL_ETCD_LOOPBACK" });
  }

  #leadsBack(url: string): boolean {
    const address = parseEtcdAddress(url, "http");
    return address !== undefined && this.#isOwn(address.host);
  }

  /** By what is written: no name is resolved. */
  #isOwn(host: string): boolean {
    const name = host.toLowerCase().replace(/\.$|%.*$/, "");
    const version = isIP(name);
    if (version === 0) return name === "localhost" || name.endsWith(".localhost");
    return this.#own.check(name, version === 4 ? "ipv4" : "ipv6");
  }
}

/** Loopback, and the unspecified address, which connects to this machine as well. A rule for IPv4 covers IPv4-mapped IPv6. */
function ownMachine(): BlockList {
  const own = new BlockList();
  own.addSubnet("127.0.0.0", 8, "ipv4");
  own.addAddress("0.0.0.0", "ipv4");
  own.addAddress("::1", "ipv6");
  own.addAddress("::", "ipv6");
  return own;
}

/** Without the member's name, which may be anything. */
function named(id: string, url: string): string {
  const address = parseEtcdAddress(url, "http");
  const at = address === undefined ? "" : addressUrl(address);
  return id === NO_ID ? at : `member ${id} at ${at}`;
}

import type { ProbedMember, Urgency } from "./probed-member.js";

/**
 * So many questions at once about members in use, which somebody may be calling in vain, and so many about all others, witnesses
 * included: neither kind waits for the other.
 */
const PLACES = { urgent: 10, other: 6 } as const;

/** Who waits to be asked, and who is being asked. */
export class ProbeQueue {
  readonly running: Set<ProbedMember> = new Set();
  readonly #waiting = { urgent: new Set<ProbedMember>(), other: new Set<ProbedMember>() } as const;

  /** Whether a member waits among those in use. */
  isUrgent(member: ProbedMember): boolean {
    return this.#waiting.urgent.has(member);
  }

  /** Lets a member wait; one that waits already may become urgent. */
  add(member: ProbedMember, urgency: Urgency): void {
    if (urgency === "urgent") this.#waiting.other.delete(member);
    this.#waiting[urgency].add(member);
  }

  /** Takes a member out of it. */
  delete(member: ProbedMember): void {
    this.#waiting.urgent.delete(member);
    this.#waiting.other.delete(member);
    this.running.delete(member);
  }

  clear(): void {
    for (const set of [this.#waiting.urgent, this.#waiting.other, this.running]) set.clear();
  }

  /** A member is being asked from now on. */
  start(member: ProbedMember, urgency: Urgency): void {
    this.delete(member);
    member.urgency = urgency;
    this.running.add(member);
  }

  /** Whoever waited longest, if there is a place for it and one for its witness; it is being asked from now on. */
  take(): ProbedMember | undefined {
    for (const urgency of ["urgent", "other"] as const) {
      const [member] = this.#waiting[urgency];
      if (member === undefined || this.placesFor(urgency) < 2) continue;
      this.start(member, urgency);
      return member;
    }
    return undefined;
  }

  /** How many more may be asked at once. */
  placesFor(urgency: Urgency): number {
    return PLACES[urgency] - [...this.running].filter((member) => member.urgency === urgency).length;
  }
}

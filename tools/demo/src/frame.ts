import { isDead, type LoadLine, type MemberLine, type MembershipLines, type Scene } from "./scene.js";
import { tableLines } from "./table.js";

/** What one frame of the live view is drawn from. */
export interface Picture {
  readonly scene: Scene;
  /** What the story does now. */
  readonly step: string;
  /** What changed so far, oldest first. */
  readonly changes: readonly string[];
}

/** The frame in lines, at most `height` of them: as many of the latest changes as fit. */
export function frameLines({ scene, step, changes }: Picture, height: number): readonly string[] {
  const { words, elapsedMs, memberships, clients, control } = scene;
  const fixed = [
    `${seconds(elapsedMs)}  ${step}`,
    "",
    ...labelled(memberships.flatMap(membershipLines)),
    "",
    ...tableLines(
      ["client", "writes/s", "writes", "failed", words.again, words.longest],
      [...clients, { ...control, kind: `control: ${control.kind}` }].map(loadRow),
      { borders: false },
    ),
    "",
  ];
  const room = Math.max(0, height - fixed.length);
  return [...fixed, ...changes.slice(Math.max(0, changes.length - room))].slice(0, height);
}

/** A moment of the story, as both views print it. */
export function seconds(elapsedMs: number): string {
  return `${(elapsedMs / 1_000).toFixed(1).padStart(5)} s`;
}

/** What stands left of a line, and the line. */
type Labelled = readonly [label: string, line: string];

function labelled(lines: readonly Labelled[]): readonly string[] {
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines.map(([label, line]) => `${label.padEnd(width)}  ${line}`);
}

function membershipLines({ member, poller, members }: MembershipLines): readonly Labelled[] {
  const next = poller.nextPollInMs === undefined ? "asking now" : `next poll in ${Math.round(poller.nextPollInMs / 1_000)} s`;
  return [
    ["poller", `${poller.state}, version ${poller.version}, ${next}`],
    ...members.map((one, at) => [at === 0 ? `${member}s` : "", memberLine(one)] as const),
  ];
}

function memberLine({ address, original, inUse, listed }: MemberLine): string {
  const use = inUse ? (listed ? "in use" : "in use, has left") : "not in use yet";
  return `${address}  ${original ? "original" : "new     "}  ${use}`;
}

function loadRow(load: LoadLine): readonly (string | number)[] {
  const { kind, perSecond, acknowledged, failed, again, longestMs } = load;
  return [kind, isDead(load) ? "dead" : perSecond, acknowledged, failed.length, again, `${longestMs} ms`];
}

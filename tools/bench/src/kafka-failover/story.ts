import { setTimeout as wait } from "node:timers/promises";
import type { KafkaTestCluster } from "@rollcall/kafka/simulator";
import type { Command } from "../client-process.js";
import { until } from "../until.js";
import type { Contender } from "./contenders.js";
import type { FailoverLine } from "./failover-report.js";
import { Player } from "./player.js";

/** How long the phases are. */
export interface Pace {
  /** Until all clients must have begun, in milliseconds. */
  readonly beginMs: number;
  /** What is watched before and after the replacement, in milliseconds. */
  readonly calmMs: number;
  /** How many messages a client sends that wakes or starts. */
  readonly messages: number;
  /** For how long all brokers are down, in milliseconds. */
  readonly outageMs: number;
  /** For how long a client may take to be back, in milliseconds. */
  readonly watchMs: number;
}

interface Role {
  readonly client: string;
  readonly player: Player;
  /** Of the producer or consumer that plays it. */
  readonly name: string;
}

/** More than it ever sends. */
const FOREVER = 1_000_000;

/** All clients live through the same replacement of all brokers and the same outage. */
export class Story implements AsyncDisposable {
  /** One per client and phase, as far as the story has been told. */
  readonly lines: FailoverLine[] = [];
  /** How long replacing all brokers took, once it is done. */
  replacementMs: number = Number.NaN;
  readonly #cluster: KafkaTestCluster;
  readonly #contenders: readonly (Contender & { readonly command: Command })[];
  readonly #pace: Pace;
  readonly #players: Player[] = [];
  readonly #cast: (Role & Pick<Contender, "consumes">)[] = [];

  constructor(cluster: KafkaTestCluster, contenders: readonly Contender[], pace: Pace) {
    const servers = cluster.brokers.map(({ address }) => address);
    this.#cluster = cluster;
    this.#contenders = contenders.flatMap((contender) => {
      return typeof contender.play === "function" ? { ...contender, command: contender.play(servers) } : [];
    });
    this.#pace = pace;
  }

  async tell(): Promise<void> {
    await this.#begin();
    await this.#replacement();
    await this.#awakening();
    await this.#outage();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#players.map((player) => player[Symbol.asyncDispose]()));
  }

  async #begin(): Promise<void> {
    for (const { name: client, command, consumes, late } of this.#contenders) {
      if (late) continue;
      const player = this.#start(command);
      this.#cast.push({ client, player, name: "busy", consumes });
      player.say("open idle");
      player.say("open busy");
      player.say(`send busy ${FOREVER}`);
      if (consumes) player.say(`read ${groupOf(client)}`);
    }
    const silent = (): Role | undefined => {
      const roles = [...this.#busy(), ...this.#busy().map((role) => ({ ...role, name: "idle" })), ...this.#consumers()];
      return roles.find(({ player, name }) => player.history(name).count("ok") === 0);
    };
    await until(() => silent() === undefined, this.#pace.beginMs);
    const { client, name, player } = silent() ?? {};
    if (player !== undefined) throw new Error(`${client} (${name}) did not begin: ${player.complaint}`);
  }

  async #replacement(): Promise<void> {
    const { calmMs } = this.#pace;
    const from = Date.now();
    await wait(calmMs);
    await this.#cluster.replaceAll();
    this.replacementMs = Date.now() - from - calmMs;
    await wait(calmMs);
    const to = Date.now();
    for (const role of this.#busy()) this.#judge("replacement: busy producer", role, from, to);
    for (const role of this.#consumers()) this.#judge("replacement: consumer", role, from, to);
  }

  async #awakening(): Promise<void> {
    const idle = this.#busy().map((role) => ({ ...role, name: "idle" }));
    await this.#send("afterwards: idle producer wakes", idle);
    const fresh = this.#busy().map((role) => ({ ...role, name: "new" }));
    await this.#send("afterwards: new producer, same process", fresh);
    const restarted = this.#contenders.map(({ name: client, command }) => ({ client, player: this.#start(command), name: "restarted" }));
    await this.#send("afterwards: restarted process", restarted);
    await Promise.all(restarted.map(({ player }) => player[Symbol.asyncDispose]()));
  }

  /** All of them send some messages, and have time until each has its outcome. */
  async #send(phase: string, roles: readonly Role[]): Promise<void> {
    const { messages, watchMs } = this.#pace;
    const from = Date.now();
    for (const { player, name } of roles) {
      const isNew = player.history(name).count("sent") === 0;
      if (isNew) player.say(`open ${name}`);
      player.say(`send ${name} ${isNew ? messages - 1 : messages}`);
    }
    const done = ({ player, name }: Role): boolean => {
      const history = player.history(name);
      const sent = history.count("sent");
      return history.count("sent", from) >= messages && history.count("ok") + history.count("failed") === sent;
    };
    await until(() => roles.every(done), watchMs);
    const end = Date.now();
    for (const role of roles) {
      const history = role.player.history(role.name);
      const began = history.first("sent", from) ?? from;
      const to = (done(role) ? history.lastOutcome() : undefined) ?? end;
      this.#judge(phase, role, began, to, backAfter(history.first("ok", from), began) ?? "none went well");
    }
  }

  async #outage(): Promise<void> {
    const { outageMs, watchMs } = this.#pace;
    const from = Date.now();
    await this.#cluster.killAll();
    await wait(outageMs);
    const startedAt = Date.now();
    await this.#cluster.startAll();
    const upAt = Date.now();
    await wait(watchMs);
    const to = Date.now();
    const judge = (phase: string, role: Role): void => {
      const back = backAfter(role.player.history(role.name).first("ok", startedAt), upAt);
      this.#judge(phase, role, from, to, back ?? `never within ${watchMs / 1_000} s`);
    };
    for (const role of this.#busy()) judge("outage: busy producer", role);
    for (const role of this.#consumers()) judge("outage: consumer", role);
  }

  #judge(phase: string, { client, player, name }: Role, from: number, to: number, back?: number | string): void {
    const consumer = name === groupOf(client);
    this.lines.push({ phase, client, account: player.history(name).account(from, to), consumer, back });
  }

  #busy(): readonly Role[] {
    return this.#cast;
  }

  #consumers(): readonly Role[] {
    return this.#cast.filter(({ consumes }) => consumes).map((role) => ({ ...role, name: groupOf(role.client) }));
  }

  #start(command: Command): Player {
    const player = new Player(command);
    this.#players.push(player);
    return player;
  }
}

/** A group of its own per client. */
function groupOf(client: string): string {
  return `readers-of-${client.replaceAll(/\W+/g, "-")}`;
}

function backAfter(at: number | undefined, since: number): number | undefined {
  return at === undefined ? undefined : Math.max(0, at - since);
}

import { hostPort } from "@rollcall/core";
import { type SimulatedClient, SimulatedPort } from "@rollcall/core/provider";
import { decodeFrame, encodeAnswer, encodeCommand, FRAME_BOUNDS, type RemotingCommand } from "../protocol/remoting-frame.js";
import { REQUEST, requestName } from "../protocol/request-codes.js";
import type { RemotingAnswer } from "../rocketmq-transport.js";
import { type ScriptedAnswer, scriptedReply } from "./scripted-answer.js";
import type { SimulatorSettings } from "./simulator-options.js";

/** What one life of a server does with requests. */
export interface Service {
  /** Answers one request. `client` is the same object for every request of a connection. */
  answer(request: RemotingCommand, client: SimulatedClient): Partial<RemotingAnswer> | Promise<Partial<RemotingAnswer>>;
  /** Called once a connection is gone. */
  gone?(client: SimulatedClient): void;
}

/** What brokers tell their clients all the time (`NOTIFY_CONSUMER_IDS_CHANGED`). */
const PUSH: RemotingCommand = {
  type: "JSON",
  code: 40,
  version: 513,
  opaque: 1,
  answer: false,
  oneway: true,
  remark: undefined,
  fields: { consumerGroup: "rollcall" },
  body: new Uint8Array(),
};

/** A nameserver's or broker's process, one after the other, at an address that stays its own. */
export class ServerProcess {
  /** How often each request was asked, by its name, over all its lives. */
  readonly requests: Map<string, number> = new Map();
  readonly #what: string;
  readonly #port: number;
  readonly #settings: SimulatorSettings;
  readonly #scripts = new Map<number, ScriptedAnswer>();
  readonly #clients = new Set<SimulatedClient>();
  /** Brokers that registered over their connection. */
  readonly #brokers = new Set<SimulatedClient>();
  #listener: SimulatedPort | undefined;
  #frozen = false;
  #everything: ScriptedAnswer | undefined;

  /** @param what - names it in errors */
  constructor(what: string, port: number, settings: SimulatorSettings) {
    this.#what = what;
    this.#port = port;
    this.#settings = settings;
  }

  get address(): string {
    return hostPort.format({ host: this.#settings.host, port: this.#port });
  }

  /** There is one. */
  get up(): boolean {
    return this.#listener !== undefined;
  }

  /** There is one, and it runs. */
  get running(): boolean {
    return this.up && !this.#frozen;
  }

  /** How many clients are connected, brokers that have registered not counted. */
  get connections(): number {
    return Math.max(0, (this.#listener?.connections ?? 0) - this.#brokers.size);
  }

  /** Begins a life. Rejects if there is one, or with the system's error. */
  async begin(service: Service): Promise<void> {
    if (this.up) throw new Error(`${this.#what} runs already`);
    const { host, security } = this.#settings;
    const { cert, key, mode = "enforcing" } = security.tls ?? {};
    this.#listener = await SimulatedPort.listen({
      host,
      port: this.#port,
      frames: FRAME_BOUNDS,
      tls: security.tls && { cert, key, plaintext: mode === "enforcing" ? "close" : "serve" },
      conversation: (client) => this.#converse(client, service),
    });
    this.#frozen = false;
  }

  /** Stops it as it is, or lets it go on. Throws if there is none. */
  freeze(frozen: boolean): void {
    const listener = this.#live();
    this.#frozen = frozen;
    if (frozen) listener.freeze();
    else listener.thaw();
  }

  /** Ends it: orderly, or with an RST to everybody. Resolves once its port refuses. Throws if there is none, or if it is frozen and should end orderly. */
  async end(how: "end" | "reset"): Promise<void> {
    const listener = this.#live();
    if (how === "end") this.assertRunning();
    this.#listener = undefined;
    await listener.close(how);
  }

  /** Throws if it does not run. */
  assertRunning(): void {
    this.#live();
    if (this.#frozen) throw new Error(`${this.#what} is frozen`);
  }

  /** What it does from now on with some requests, or with all of them; undefined: what is right. */
  script(script: ScriptedAnswer | undefined, codes: readonly number[] | undefined): void {
    if (codes === undefined) this.#everything = script;
    for (const code of codes ?? this.#scripts.keys()) {
      if (script && codes) this.#scripts.set(code, script);
      else this.#scripts.delete(code);
    }
  }

  /** Sends every client a request. */
  push(): void {
    const frame = encodeCommand({ ...PUSH, type: this.#settings.serialize });
    for (const client of this.#clients) client.write(frame);
  }

  #live(): SimulatedPort {
    if (this.#listener === undefined) throw new Error(`${this.#what} is down`);
    return this.#listener;
  }

  #converse(client: SimulatedClient, service: Service): (frame: Uint8Array) => void {
    let mute = false;
    this.#clients.add(client);
    void client.gone.then(() => {
      this.#clients.delete(client);
      this.#brokers.delete(client);
      service.gone?.(client);
    });
    return (frame) => {
      const request = decodeFrame(frame);
      if (request.answer || mute) return;
      const name = requestName(request.code);
      this.requests.set(name, (this.requests.get(name) ?? 0) + 1);
      if (request.code === REQUEST.REGISTER_BROKER) this.#brokers.add(client);
      void this.#reply(request, client, service).then(
        (silent) => {
          mute ||= silent;
        },
        () => client.end(),
      );
    };
  }

  /** Whether nothing may be said any more. */
  async #reply(request: RemotingCommand, client: SimulatedClient, service: Service): Promise<boolean> {
    const { clock, serialize } = this.#settings;
    const { bytes, after } = await scriptedReply(this.#scripts.get(request.code) ?? this.#everything, {
      answer: () => service.answer(request, client),
      encode: (answer, off) => encodeAnswer(answer, request.opaque + off, serialize),
      clock,
    });
    if (bytes && !request.oneway) client.write(bytes);
    if (after === "close") client.end();
    return after === "silence";
  }
}

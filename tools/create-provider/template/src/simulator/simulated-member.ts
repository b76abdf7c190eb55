import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { hostPort } from "@rollcall/core";
import type { AcmeDbSimulatorMember } from "./acme-db-simulator.js";

/** What a member says, without the HTTP around it. */
export interface Service {
  /** The body of an answer to `GET /members`. */
  readonly list: () => string;
  /** The header that every request has to carry. Absent: none. */
  readonly authorization?: string | undefined;
}

/** One member: a server that comes and goes, at an address that stays its own until it moves. */
export class SimulatedMember implements AcmeDbSimulatorMember {
  readonly id: string;
  readonly zone: string;
  readonly host: string;
  /** The body of its list, whatever the cluster says. */
  script: string | undefined;
  readonly #service: Service;
  #server: Server | undefined;
  #port = 0;
  #connections = 0;
  #frozen: Promise<void> | undefined;
  #thaw = (): void => undefined;

  constructor({ id, zone, host }: Pick<AcmeDbSimulatorMember, "id" | "zone" | "host">, service: Service) {
    this.id = id;
    this.zone = zone;
    this.host = host;
    this.#service = service;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return hostPort.format(this);
  }

  get connections(): number {
    return this.#connections;
  }

  /** Listens, and resolves with its server. Rejects with the system's error, for example when the port is taken. */
  async listen(port: number): Promise<Server> {
    const server = createServer((request, response) => void this.#answer(request, response)).listen(port, this.host);
    server.on("connection", (socket) => {
      this.#connections += 1;
      socket.once("close", () => {
        this.#connections -= 1;
      });
    });
    await once(server, "listening");
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return server;
  }

  /** Drops every connection and resolves once the port refuses. May be called again. */
  async end(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    this.thaw();
    await closed;
  }

  /** From now on nothing is answered. May be called again. */
  freeze(): void {
    this.#frozen ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  /** Goes on. May be called again. */
  thaw(): void {
    this.#frozen = undefined;
    this.#thaw();
  }

  async #answer({ method, url, headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    while (this.#frozen !== undefined) await this.#frozen;
    const { authorization, list } = this.#service;
    if (authorization !== undefined && headers.authorization !== authorization) response.writeHead(401).end();
    else if (method === "GET" && url === "/members") response.setHeader("content-type", "application/json").end(this.script ?? list());
    else if (method === "HEAD" && url === "/ready") response.end();
    else response.writeHead(404).end();
  }
}

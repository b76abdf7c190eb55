import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import type { Endpoint } from "@rollcall/core";
import { expect, it, onTestFinished } from "vitest";
import { certificatesFor } from "./certificates.js";
import { sceneOfEachTest } from "./scene.js";
import type { Caller } from "./undici.js";

const url = "https://orders.cluster/";
const certificates = await certificatesFor("orders.cluster", "m1.internal", "127.0.0.1");

/** Which certificate a member must have. */
export function tlsRows({ name, ask }: Caller): void {
  const scene = sceneOfEachTest();
  const { ca } = certificates;

  /** Lists a member that has this certificate and, as attribute, this name. */
  const member = async (id: string, certificate: string, tlsName?: string): Promise<void> => {
    const { endpoint } = await scene().server(id, { certificate: certificates.of(certificate) });
    const named: Endpoint = tlsName === undefined ? endpoint : { ...endpoint, attributes: { tlsName } };
    await scene().list(...(scene().listed ?? []), named);
  };

  it("row 30: asks members whose certificates carry the URL's host", async () => {
    await member("a", "orders.cluster");
    expect((await ask(url, { dispatcher: scene().dispatcher({ pool: { connect: { ca } } }) })).text).toBe("a");
  });

  it("row 31: asks members whose certificates carry their attribute tlsName, a name or an address", async () => {
    await member("a", "m1.internal", "m1.internal");
    await member("b", "127.0.0.1", "127.0.0.1");
    const dispatcher = scene().dispatcher({ pool: { connect: { ca } } });
    const asked = [(await ask(url, { dispatcher })).text, (await ask(url, { dispatcher })).text];
    expect(asked.sort()).toEqual(["a", "b"]);
    expect(scene().suspicions).toEqual([]);
  });

  it("row 32: asks members whose certificates carry connect.servername, if there is one", async () => {
    await member("a", "m1.internal", "other.internal");
    const dispatcher = scene().dispatcher({ pool: { connect: { ca, servername: "m1.internal" } } });
    expect((await ask(url, { dispatcher })).text).toBe("a");
  });

  it("row 33: sends nothing to a member whose certificate carries its own host only, and suspects it", async () => {
    await member("a", "127.0.0.1");
    await expect(ask(url, { dispatcher: scene().dispatcher({ pool: { connect: { ca } } }) })).rejects.toMatchObject({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
    expect(scene().suspicions.map(({ of }) => of)).toEqual(["a"]);
  });

  it("row 34: takes a changed TLS name for another member", async () => {
    await member("a", "m1.internal", "orders.cluster");
    const dispatcher = scene().dispatcher({ pool: { connect: { ca } } });
    await expect(ask(url, { dispatcher })).rejects.toThrow("altnames");
    const [a] = scene().listed ?? [];
    await scene().list({ id: "a", host: "127.0.0.1", port: 1, ...a, attributes: { tlsName: "m1.internal" } });
    expect((await ask(url, { dispatcher })).text).toBe("a");
  });

  it("row 35: suspects whoever does not answer a TLS greeting within connectTimeout, and asks another", async () => {
    const frozen = await scene().bare("frozen");
    await scene().list(frozen.endpoint);
    await member("a", "orders.cluster");
    const dispatcher = scene().dispatcher({ pool: { connect: { ca }, connectTimeout: 50 } });
    expect((await ask(url, { dispatcher })).text).toBe("a");
    expect((await ask(url, { dispatcher })).text).toBe("a");
    expect(scene().suspicions[0]).toMatchObject({ of: "frozen", cause: { code: "UND_ERR_CONNECT_TIMEOUT" } });
  });

  it("row 36: speaks HTTP/2 where that is allowed", async () => {
    const answer = (request: Http2ServerRequest, response: Http2ServerResponse): void =>
      void response.end(`${request.httpVersion} ${request.authority}`);
    const server = createSecureServer({ ...certificates.of("orders.cluster") }, answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void (server as Server).close());
    await scene().list({ id: "a", host: "127.0.0.1", port: (server.address() as AddressInfo).port });
    const dispatcher = scene().dispatcher({ pool: { connect: { ca }, allowH2: true } });
    expect((await ask(url, { dispatcher })).text).toBe("2.0 orders.cluster");
  });

  it.runIf(name === "its request")("row 37: takes a request's own servername, and never the name in its Host header", async () => {
    await member("a", "m1.internal");
    const dispatcher = scene().dispatcher({ pool: { connect: { ca } } });
    for (const servername of [undefined, null]) {
      const asked = ask(url, { dispatcher, servername, headers: { host: "m1.internal" } });
      await expect(asked).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    }
    expect((await ask(url, { dispatcher, servername: "m1.internal" })).text).toBe("a");
  });
}

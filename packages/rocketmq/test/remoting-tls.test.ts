import { isIP } from "node:net";
import type { TLSSocket, TlsOptions } from "node:tls";
import { inspect } from "node:util";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { encodeAnswer } from "../src/protocol/remoting-frame.js";
import type { RocketmqTlsOptions } from "../src/rocketmq-options.js";
import { authority, type Pair, signedBy } from "./support/certificates.js";
import { connected, failed, LoopbackServer, never, type Script } from "./support/loopback-server.js";

const HOUR_MS = 3_600_000;
let ours: Pair;
let theirs: Pair;
let server: Pair;

beforeAll(async () => {
  [ours, theirs] = await Promise.all([authority("Ours"), authority("Theirs")]);
  server = await signedBy(ours, ["rocket.test"]);
});

const answering: Script = ({ opaque }, socket) => void socket.write(encodeAnswer({}, opaque));
const secured = (tls: TlsOptions = {}): Promise<LoopbackServer> => LoopbackServer.start(answering, { ...server, ...tls });

/** What the client said that it wants to speak to; false if it said nothing. */
async function serverName(tls: RocketmqTlsOptions, host = "127.0.0.1"): Promise<unknown> {
  const names: unknown[] = [];
  const listening = await LoopbackServer.start(
    ({ opaque }, socket) => {
      names.push((socket as TLSSocket).servername);
      socket.write(encodeAnswer({}, opaque));
    },
    await signedBy(ours, ["rocket.test", "localhost"]),
  );
  const connection = await connected({ host, port: listening.address.port }, { tls });
  await connection.request({ code: 106 }, { signal: never });
  return names[0];
}

describe("TLS", () => {
  it.each<[string, () => RocketmqTlsOptions]>([
    ["as text", () => ({ ca: ours.cert })],
    ["as bytes", () => ({ ca: new TextEncoder().encode(ours.cert) })],
    ["among others", () => ({ ca: `${theirs.cert}\n${ours.cert}` })],
    ["for the name that is given", () => ({ ca: ours.cert, serverName: "rocket.test" })],
  ])("row 19: is spoken to a server whose authority is given, %s", async (_what, tls) => {
    const listening = await secured();
    const connection = await connected(listening.address, { tls: tls() });
    expect((await connection.request({ code: 106 }, { signal: never })).code).toBe(0);
    connection.close();
    await listening.idle();
  });

  const CA = "; give the authority that signed the server's certificate in tls.ca";
  it.each<[string, () => RocketmqTlsOptions, RegExp, string]>([
    ["is signed by another authority", () => ({ ca: theirs.cert }), /unable to|self.signed/, CA],
    ["is signed by nobody that Node knows", () => ({}), /unable to|self.signed/, CA],
    [
      "is for other names",
      () => ({ ca: ours.cert, serverName: "other.test" }),
      /other\.test\. is not in the cert's altnames: DNS:rocket\.test/,
      "; if it is the right server, give a name that its certificate carries in tls.serverName",
    ],
    [
      "is for other addresses",
      () => ({ ca: ours.cert, serverName: "127.0.0.2" }),
      /127\.0\.0\.2 is not in the cert's list: 127\.0\.0\.1/,
      "; if it is the right server, give a name that its certificate carries in tls.serverName",
    ],
  ])("row 19: is refused, in one clear error, if the certificate %s", async (_what, tls, problem, advice) => {
    const listening = await secured();
    const error = await failed(listening.address, { tls: tls() });
    expect(error).toMatchObject({ code: "UNAVAILABLE", source: "rocketmq", message: expect.stringMatching(problem) });
    expect(String(error)).toContain(`[rocketmq] [UNAVAILABLE] ${listening.peer}: `);
    expect(String(error).endsWith(advice), String(error)).toBe(true);
    await listening.idle();
  });

  it("row 19: is refused if the certificate is too old", async () => {
    const [from, to] = [Date.now() - 2 * HOUR_MS, Date.now() - HOUR_MS].map((time) => new Date(time)) as [Date, Date];
    const listening = await secured(await signedBy(ours, ["rocket.test"], { from, to }));
    expect(await failed(listening.address, { tls: { ca: ours.cert } })).toMatchObject({
      message: `[rocketmq] [UNAVAILABLE] ${listening.peer}: certificate has expired; the server needs a certificate that is valid now`,
    });
  });

  it("row 19: is refused although the environment of the process says otherwise", async () => {
    const listening = await secured();
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined); // Node warns of the variable
    onTestFinished(() => void vi.unstubAllEnvs().restoreAllMocks());
    const error = await failed(listening.address, { tls: {} });
    expect(String(error)).toContain("tls.ca");
  });

  it("row 19: names the server if it has a name, and never an address", async () => {
    const warnings: string[] = [];
    const hear = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", hear);
    const ca = ours.cert;
    expect(await serverName({ ca })).toBe(false);
    expect(await serverName({ ca, serverName: "127.0.0.1" })).toBe(false);
    expect(await serverName({ ca, serverName: "rocket.test" })).toBe("rocket.test");
    expect(await serverName({ ca }, "localhost")).toBe("localhost");
    process.off("warning", hear);
    expect(warnings).toEqual([]); // Node warns of an address (DEP0123), once in a process
    expect(isIP("rocket.test")).toBe(0);
  });

  it("row 19: is read at every connection, so that a new authority takes no restart", async () => {
    const listening = await secured();
    const client = { tls: { ca: theirs.cert } };
    expect(await failed(listening.address, client)).toMatchObject({ code: "UNAVAILABLE" });
    client.tls = { ca: ours.cert };
    expect((await (await connected(listening.address, client)).request({ code: 106 }, { signal: never })).code).toBe(0);
  });
});

describe.each(["TLSv1.2", "TLSv1.3"] as const)("a server that wants a certificate of its client, in %s", (version) => {
  const wanting = () => secured({ requestCert: true, rejectUnauthorized: true, ca: ours.cert, minVersion: version, maxVersion: version });

  it("row 19: is given the one that is configured", async () => {
    const listening = await wanting();
    const tls = { ca: ours.cert, ...(await signedBy(ours, ["client"])) };
    expect((await (await connected(listening.address, { tls })).request({ code: 106 }, { signal: never })).code).toBe(0);
  });

  it("row 19: and gets one of another authority is told in one clear error", async () => {
    const listening = await wanting();
    const tls = { ca: ours.cert, ...(await signedBy(theirs, ["client"])) };
    const error = await failed(listening.address, { tls });
    // Node's server only closes; the alerts of others are UNAUTHENTICATED.
    expect(String(error)).toMatch(
      /; a server does that to a client whose TLS is not what it expects: check the option tls, or it is no RocketMQ server$/,
    );
    await listening.idle();
  });

  it("row 19: and gets none is told in one clear error", async () => {
    const listening = await wanting();
    const error = await failed(listening.address, { tls: { ca: ours.cert } });
    expect(error).toMatchObject(
      version === "TLSv1.3"
        ? {
            code: "UNAUTHENTICATED",
            message: expect.stringContaining("; the server wants another certificate of its client: check tls.cert and tls.key"),
          }
        : {
            code: "UNAVAILABLE",
            message: expect.stringContaining("as one does that wants a certificate of its client: check the option tls"),
          },
    );
    await listening.idle();
  });
});

describe("TLS on one side only", () => {
  it("row 19: a plaintext client of a server that speaks TLS is told so", async () => {
    const listening = await secured();
    const error = await failed(listening.address);
    expect(error).toMatchObject({ code: "UNAVAILABLE" });
    expect(String(error)).toMatch(
      /(closed the connection|read ECONNRESET); a server does that to a client whose TLS is not what it expects: check the option tls, or it is no RocketMQ server$/,
    );
    await listening.idle();
  });

  it("row 19: a TLS client of a server that closes on it is told so, as RocketMQ does in mode disabled", async () => {
    const listening = await LoopbackServer.start(answering);
    const accepted = listening.accepted();
    const failing = failed(listening.address, { tls: {} });
    (await accepted).once("data", () => void [...listening.sockets].map((socket) => socket.end()));
    expect(await failing).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("check the option tls") });
    await listening.idle();
  });

  it("row 19: a TLS client of a server that says something else is told so", async () => {
    const listening = await LoopbackServer.start(answering);
    const accepted = listening.accepted();
    const failing = failed(listening.address, { tls: {} });
    (await accepted).write("HTTP/1.1 400 Bad Request\r\n\r\n");
    const said = "wrong version number (SSL routines); check the option tls; the server may speak no TLS";
    expect(await failing).toMatchObject({ message: `[rocketmq] [UNAVAILABLE] ${listening.peer}: ${said}` });
  });
});

describe("TLS options that Node refuses", () => {
  it.each<[string, object]>([
    ["a key", { key: 1234567 }],
    ["a certificate", { cert: [1234567] }],
    ["an authority", { ca: "1234567" }],
  ])("row 19: fail without being printed: %s", async (_what, tls) => {
    const listening = await secured();
    const error = await failed(listening.address, { tls });
    expect(error).toMatchObject({ code: "UNAVAILABLE" });
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain("1234567");
    await listening.idle();
  });
});

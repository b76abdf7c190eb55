import type { PeerCertificate } from "node:tls";
import { describe, expect, it } from "vitest";
import { tlsAdvice, wrongName } from "../src/etcd-tls-advice.js";

const LAST = "No connection established. Last error:";
const alert = (text: string, number: number): string =>
  `${LAST} 809C22B63E7F0000:error:0A00045C:SSL routines:ssl3_read_bytes:${text}:../deps/openssl/rec_layer_s3.c:1601:SSL alert number ${number}\n (2026-01-01T00:00:00.000Z). Resolution note: `;
const authority = "its certificate is signed by an authority that is not in tls.ca: add it there";
const wants = "it wants a client certificate: set tls.cert and tls.key";
const nameless = "its certificate carries no name: issue one with those that clients use as alternative names";
const plaintext =
  "it hung up before TLS was established; if it speaks plaintext there, its address has to say http://, or it is no etcd member";

/** As grpc-js 1.12 to 1.14 report it on Node.js 20, 22 and 24. */
const https: readonly (readonly [string, string, string | undefined])[] = [
  [
    "expired",
    `${LAST} Error: certificate has expired. Resolution note: `,
    "its certificate has expired: renew it there, or set the clock of this machine right",
  ],
  [
    "expired, grpc-js 1.12",
    `${LAST} certificate has expired (2026-01-01T00:00:00.000Z)`,
    "its certificate has expired: renew it there, or set the clock of this machine right",
  ],
  [
    "not yet valid",
    `${LAST} Error: certificate is not yet valid`,
    "its certificate is not valid yet: set the clocks of both machines right",
  ],
  ["another authority", `${LAST} Error: unable to verify the first certificate. Resolution note: `, authority],
  [
    "another authority, Node.js 24",
    `${LAST} Error: unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca`,
    authority,
  ],
  ["an authority that is sent along", `${LAST} Error: self-signed certificate in certificate chain`, authority],
  ["an authority of the same name", `${LAST} Error: certificate signature failure`, authority],
  ["no intermediate", `${LAST} Error: unable to get local issuer certificate`, authority],
  [
    "another name",
    `${LAST} Error: the certificate is for DNS:n1.test, DNS:n1, not for 10.0.0.1 [tls name]. Resolution note: `,
    "its certificate is for DNS:n1.test, DNS:n1, not for 10.0.0.1: write the seed by a name that it carries, give the endpoint such a tlsName in mapEndpoint, or set tls.serverName",
  ],
  ["no client certificate", alert("tlsv13 alert certificate required", 116), wants],
  [
    "a client certificate that is not trusted",
    alert("tlsv1 alert unknown ca", 48),
    "it does not take the client certificate in tls.cert (unknown ca): renew it, or have its authority trusted there",
  ],
  [
    "a client certificate that has expired",
    alert("sslv3 alert certificate expired", 45),
    "it does not take the client certificate in tls.cert (certificate expired): renew it, or have its authority trusted there",
  ],
  [
    "the same, Node.js 22",
    alert("ssl/tls alert certificate expired", 45),
    "it does not take the client certificate in tls.cert (certificate expired): renew it, or have its authority trusted there",
  ],
  [
    "no client certificate, grpc-js 1.12",
    "Received RST_STREAM with code 2 triggered by internal client error: 80:error:0A:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:rec_layer_s3.c:1601:SSL alert number 116",
    wants,
  ],
  [
    "a name that a server with many does not have",
    `${LAST} Error: 806C6E340D7F0000:error:0A000458:SSL routines:ssl3_read_bytes:tlsv1 unrecognized name:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number 112\n. Resolution note: `,
    "it does not know the TLS name that it was asked for: set tls.serverName to one that it knows",
  ],
  ["plaintext", `${LAST} Error: 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:ssl3_record.c:350:\n`, plaintext],
  [
    "plaintext of a server that hangs up",
    `${LAST} Error: Client network socket disconnected before secure TLS connection was established`,
    plaintext,
  ],
  [
    "a hang-up without an alert",
    `${LAST} Failed to connect (2026-01-01T00:00:00.000Z)`,
    "it hung up after the TLS handshake: perhaps it does not take the client certificate in tls.cert",
  ],
  ["an alert about what it was sent", alert("tlsv1 alert decode error", 50), undefined],
  ["a certificate without a name", `${LAST} Error: the certificate carries no name [tls name]. Resolution note: `, nameless],
  ["an alert about something else", alert("tlsv1 alert protocol version", 70), undefined],
  ["nobody there", `${LAST} Error: connect ECONNREFUSED 127.0.0.1:2379`, undefined],
  ["what a member itself says", "certificate has expired", undefined],
];

describe("advice about TLS", () => {
  it.each(https)("%s", (_, details, advice) => {
    expect(tlsAdvice(details, "https", { ca: "ca", cert: "cert" })).toBe(advice);
  });

  it("names the option that is missing", () => {
    expect(tlsAdvice(`${LAST} Error: unable to verify the first certificate`, "https", {})).toBe(
      "its certificate is signed by an authority that is not in the roots that Node.js ships: set tls.ca",
    );
    expect(tlsAdvice(alert("tlsv1 alert bad certificate", 42), "https", {})).toBe(wants); // TLS 1.2
    expect(tlsAdvice(`${LAST} Failed to connect`, "https", {})).toBe(`it hung up after the TLS handshake: perhaps ${wants}`);
  });

  it("in plaintext there is none, but that a member which hangs up may want TLS", () => {
    expect(tlsAdvice(`${LAST} Error: connect ECONNREFUSED 127.0.0.1:2379`, "http", {})).toBeUndefined();
    expect(tlsAdvice(`${LAST} Failed to connect (2026-01-01T00:00:00.000Z)`, "http", {})).toBe(
      "it hung up before it spoke HTTP/2; if it wants TLS, its address has to say https://, or it is no etcd member",
    );
  });
});

describe("a certificate that is not for a name", () => {
  it.each<[string, Partial<PeerCertificate>, string]>([
    ["alternative names", { subjectaltname: "DNS:b.test, DNS:c.test" }, "is for DNS:b.test, DNS:c.test, not for a.test [tls name]"],
    ["a common name", { subject: { CN: "b.test" } as PeerCertificate["subject"] }, "is for CN b.test, not for a.test [tls name]"],
    ["a subject without one", { subject: { O: "b" } as PeerCertificate["subject"] }, "carries no name [tls name]"],
    ["no subject", {}, "carries no name [tls name]"],
  ])("says so: %s", (_, certificate, says) => {
    expect(wrongName("a.test", certificate as PeerCertificate)?.message).toBe(`the certificate ${says}`);
  });
});

import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { EtcdScheme } from "./etcd-address.js";
import type { EtcdTlsOptions } from "./etcd-tls-options.js";

/** How grpc-js reports what went wrong before a member could answer; the second is what 1.12 calls a refusal after the handshake. */
const NOT_CONNECTED = /^(?:No connection established|Received RST_STREAM with code 2 triggered by internal client error)/;

/** Why a certificate does not count, in the words of OpenSSL (`X509_verify_cert_error_string`). */
const EXPIRED = /certificate has expired/;
const NOT_YET_VALID = /certificate is not yet valid/;
const UNKNOWN_AUTHORITY =
  /unable to (?:verify the first|get (?:local )?issuer) certificate|self[- ]signed certificate|certificate signature failure/;

/** {@link wrongName}, in a longer text. */
const WRONG_NAME = /certificate is for (.*), not for (\S+) \[tls name\]/;
const NO_NAME = /certificate carries no name \[tls name\]/;

/** What the server said before it hung up; the numbers are those of RFC 8446, section 6. */
const ALERT = /alert ([a-z ]+):.*SSL alert number (\d+)/;
const WANTS_CERTIFICATE = 116;
const REFUSES_CERTIFICATE = [42, 43, 44, 45, 46, 48];

/** The same RFC: the server has nothing under the name that it was sent. OpenSSL calls this one no alert in the text before the number. */
const UNKNOWN_NAME = /SSL alert number 112/;

/** What OpenSSL and Node.js make of an answer that is no TLS. */
const NO_TLS = /wrong version number|packet length too long|http request|before secure TLS connection was established/;

/** grpc-js: the connection was closed before HTTP/2 began. */
const HUNG_UP = /Last error: Failed to connect/;

/**
 * Why a member could not be reached, if TLS is why, and what to do about it; undefined otherwise. Reads as what the member's address is
 * followed by.
 *
 * @param details - of the gRPC error
 */
export function tlsAdvice(details: string, scheme: EtcdScheme, { ca, cert, serverName }: EtcdTlsOptions): string | undefined {
  if (!NOT_CONNECTED.test(details)) return undefined;
  if (scheme === "http") {
    return HUNG_UP.test(details)
      ? "it hung up before it spoke HTTP/2; if it wants TLS, its address has to say https://, or it is no etcd member"
      : undefined;
  }
  const wantsOne = "it wants a client certificate: set tls.cert and tls.key";
  if (EXPIRED.test(details)) return "its certificate has expired: renew it there, or set the clock of this machine right";
  if (NOT_YET_VALID.test(details)) return "its certificate is not valid yet: set the clocks of both machines right";
  if (UNKNOWN_AUTHORITY.test(details)) {
    return `its certificate is signed by an authority that is not in ${ca === undefined ? "the roots that Node.js ships: set tls.ca" : "tls.ca: add it there"}`;
  }
  if (NO_NAME.test(details)) return "its certificate carries no name: issue one with those that clients use as alternative names";
  const [, names, name] = WRONG_NAME.exec(details) ?? [];
  if (names !== undefined) {
    const cure = "write the seed by a name that it carries, give the endpoint such a tlsName in mapEndpoint, or set tls.serverName";
    return `its certificate is for ${names}, not for ${name}: ${serverName === undefined ? cure : "correct tls.serverName"}`;
  }
  const [, alert, number] = ALERT.exec(details) ?? [];
  if (Number(number) === WANTS_CERTIFICATE) return wantsOne;
  if (REFUSES_CERTIFICATE.includes(Number(number))) {
    return cert === undefined
      ? wantsOne
      : `it does not take the client certificate in tls.cert (${alert}): renew it, or have its authority trusted there`;
  }
  if (UNKNOWN_NAME.test(details)) return "it does not know the TLS name that it was asked for: set tls.serverName to one that it knows";
  if (NO_TLS.test(details))
    return "it hung up before TLS was established; if it speaks plaintext there, its address has to say http://, or it is no etcd member";
  if (!HUNG_UP.test(details)) return undefined;
  return `it hung up after the TLS handshake: ${cert === undefined ? `perhaps ${wantsOne}` : "perhaps it does not take the client certificate in tls.cert"}`;
}

/** Checks the name as Node.js does, and on refusal says all names that the certificate carries, not only those of one kind. */
export function wrongName(name: string, certificate: PeerCertificate): Error | undefined {
  if (checkServerIdentity(name, certificate) === undefined) return undefined;
  // Less than its type says: there is no subject where that is empty.
  const { subject, subjectaltname }: Partial<PeerCertificate> = certificate;
  const carried = subjectaltname ?? (subject?.CN === undefined ? undefined : `CN ${subject.CN}`);
  return new Error(
    carried === undefined ? "the certificate carries no name [tls name]" : `the certificate is for ${carried}, not for ${name} [tls name]`,
  );
}

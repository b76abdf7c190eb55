import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { AddressServer } from "../src/address-server.js";
import { httpGet } from "../src/http-get.js";
import { authority, signedBy } from "./support/certificates.js";
import { localHttp, saying } from "./support/local-http.js";

function read(url: string): Promise<readonly string[]> {
  return new AddressServer(new URL(url), httpGet).read({ signal: new AbortController().signal });
}

describe("an address server with https", () => {
  it("whose certificate nobody trusts is refused, whatever the environment says, and told how to be trusted", async () => {
    const { cert, key } = await signedBy(await authority("ours"), ["localhost"]);
    const server = createServer({ cert, key }, (_request, response) => response.end("10.0.0.1:9876"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const failed = read(`https://127.0.0.1:${(server.address() as AddressInfo).port}/list`);
    await expect(failed).rejects.toMatchObject({
      code: "UNAVAILABLE",
      // Node says more in between since version 24.
      message: expect.stringMatching(
        /unable to verify the first certificate;.* for an authority of your own start Node with NODE_EXTRA_CA_CERTS$/,
      ),
    });
  });

  it("that speaks plain HTTP is one clear error", async () => {
    const { port } = await localHttp(saying("10.0.0.1:9876"));
    await expect(read(`https://127.0.0.1:${port}`)).rejects.toThrow(
      "[rocketmq] [UNAVAILABLE] the TLS handshake failed: it may speak http, not https",
    );
  });
});

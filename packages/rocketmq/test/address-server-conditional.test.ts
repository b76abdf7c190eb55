import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { AddressServer } from "../src/address-server.js";
import { httpGet } from "../src/http-get.js";
import { type Answering, localHttp, saying, status } from "./support/local-http.js";

const LIST = "10.0.0.1:9876;10.0.0.2:9876";
const ADDRESSES = ["10.0.0.1:9876", "10.0.0.2:9876"];
const NOW = "Tue, 14 Nov 2023 22:13:20 GMT";
const EARLIER = "Tue, 14 Nov 2023 22:13:19 GMT";

async function served(answer: Answering) {
  const http = await localHttp(answer);
  const server = new AddressServer(new URL(`${http.url}/list`), httpGet);
  return { http, read: () => server.read({ signal: new AbortController().signal }) };
}

function conditions({ headers }: IncomingMessage | undefined = { headers: {} } as IncomingMessage): unknown {
  return [headers["if-none-match"], headers["if-modified-since"]];
}

describe("an address server that can tell what changed", () => {
  it("row 2: is asked with its ETag, and a 304 stands for what it said", async () => {
    const { http, read } = await served(saying(LIST, { etag: '"v1"' }));
    await read();
    http.answer = status(304);
    expect(await read()).toEqual(ADDRESSES);
    expect(await read()).toEqual(ADDRESSES);
    expect(http.requests.map(conditions)).toEqual([
      [undefined, undefined],
      ['"v1"', undefined],
      ['"v1"', undefined],
    ]);
    http.answer = saying("10.0.0.3:9876", { etag: '"v2"' });
    expect(await read()).toEqual(["10.0.0.3:9876"]);
    http.answer = status(304);
    expect(await read()).toEqual(["10.0.0.3:9876"]);
    expect(conditions(http.requests.at(-1))).toEqual(['"v2"', undefined]);
  });

  it("row 2: a 304 after a page of garbage stands for the list before it", async () => {
    const { http, read } = await served(saying(LIST, { etag: '"v1"' }));
    await read();
    http.answer = saying("<html>", { etag: '"v2"' });
    await expect(read()).rejects.toMatchObject({ code: "MALFORMED_RESPONSE" });
    http.answer = status(304);
    expect(await read()).toEqual(ADDRESSES);
    expect(conditions(http.requests.at(-1))).toEqual(['"v1"', undefined]);
  });

  it("row 2: a 304 to whoever asked for everything stands for nothing", async () => {
    const { http, read } = await served(saying(LIST));
    await read();
    http.answer = status(304);
    await expect(read()).rejects.toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: expect.stringContaining("without having been asked"),
    });
    expect(http.requests.map(conditions)).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it("is asked with the time of its last change", async () => {
    const { http, read } = await served(saying(LIST, { date: NOW, "last-modified": EARLIER }));
    await read();
    http.answer = status(304);
    expect(await read()).toEqual(ADDRESSES);
    expect(http.requests.map(conditions)).toEqual([
      [undefined, undefined],
      [undefined, EARLIER],
    ]);
  });

  it.each([
    ["in the second in which it answered", { date: NOW, "last-modified": NOW, etag: '"1699999999-1b"' }],
    ["at a time that is none", { date: NOW, "last-modified": "yesterday" }],
    ["and does not tell its own time", { date: "", "last-modified": EARLIER }],
  ])("that changed %s is asked for everything: it may change again unnoticed", async (_when, headers) => {
    const { http, read } = await served(saying(LIST, headers));
    await read();
    await read();
    expect(http.requests.map(conditions)).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });
});

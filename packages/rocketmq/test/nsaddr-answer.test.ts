import { describe, expect, it } from "vitest";
import { nsaddrAnswer, nsaddrLine } from "../src/nsaddr-answer.js";

const PATH = "/rocketmq/nsaddr";
const line = nsaddrLine([{ id: "a", host: "10.0.0.1", port: 9876 }]);
const etag = line?.etag ?? "";
const ask = (url: string, headers = {}, method = "GET") => nsaddrAnswer({ url, method, headers }, PATH, line);

describe("row 25: the line", () => {
  it("has every address once, sorted by address whatever the ids are, IPv6 in brackets", () => {
    const text = "10.0.0.1:9876;[::1]:9876;name.example:1";
    const addresses = [
      { host: "name.example", port: 1 },
      { host: "::1", port: 9876 },
      { host: "10.0.0.1", port: 9876 },
      { host: "10.0.0.1", port: 9876 },
    ];
    const named = (ids: string) => addresses.map((address, at) => ({ id: ids.charAt(at), ...address }));
    expect(nsaddrLine(named("abcd"))?.text).toBe(text);
    expect(nsaddrLine(named("dcba"))).toEqual(nsaddrLine(named("abcd")));
  });

  it("is none for nobody", () => {
    expect(nsaddrLine([])).toBeUndefined();
  });

  it("has an ETag that is quoted text, and another one for other addresses", () => {
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    expect(nsaddrLine([{ id: "a", host: "10.0.0.1", port: 9877 }])?.etag).not.toBe(etag);
  });
});

describe("row 25: what is served", () => {
  it.each([
    PATH,
    `${PATH}?nofix=1`,
    `${PATH}?a=b?c#d`,
    `${PATH}-unit`,
    `${PATH}-unit?nofix=1`,
    `${PATH}-a-b.c_1`,
    `http://any.example:80${PATH}`,
    `HTTPS://u:p@any.example${PATH}-unit?x`,
  ])("%s is the list", (url) => {
    expect(ask(url)).toEqual({ status: 200, headers: { etag, "cache-control": "no-cache" }, body: "10.0.0.1:9876" });
  });

  it.each([
    "",
    "*",
    "/",
    "/rocketmq",
    `${PATH}/`,
    `${PATH}x`,
    `${PATH}-`,
    `${PATH}-unit/`,
    `${PATH}-unit/../../etc/passwd`,
    `/${PATH}`,
    `/a/..${PATH}`,
    `//any.example${PATH}`,
    `/http://any.example${PATH}`,
    `ftp://any.example${PATH}`,
    `any.example:80${PATH}`,
    "http://any.example",
    `/%2e%2e${PATH}`,
    "/rocketmq/%6esaddr",
    "/ROCKETMQ/nsaddr",
    `/?${PATH}`,
  ])("%s is not found", (url) => {
    expect(ask(url)).toEqual({ status: 404, headers: {}, body: "only /rocketmq/nsaddr is served here\n" });
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", undefined])("%s is told what is answered", (method) => {
    const { status, headers } = nsaddrAnswer({ url: PATH, method, headers: {} }, PATH, line);
    expect([status, headers]).toEqual([405, { allow: "GET, HEAD" }]);
  });

  it("before there is a list, the answer is a 503 that says when to come again, also to who names a tag", () => {
    const expected = { status: 503, headers: { "retry-after": "1" }, body: "no nameserver is known yet\n" };
    expect(nsaddrAnswer({ url: PATH, method: "GET", headers: {} }, PATH, undefined)).toEqual(expected);
    expect(nsaddrAnswer({ url: PATH, method: "HEAD", headers: { "if-none-match": "*" } }, PATH, undefined)).toEqual(expected);
  });
});

describe("row 25: If-None-Match", () => {
  it.each([`${etag}`, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag} , "more"`, "*", " * "])(
    "%s is answered with 304 and no body",
    (tags) => {
      const expected = { status: 304, headers: { etag, "cache-control": "no-cache" }, body: "" };
      expect(ask(PATH, { "if-none-match": tags })).toEqual(expected);
      expect(ask(PATH, { "if-none-match": tags }, "HEAD")).toEqual(expected);
    },
  );

  it.each(["", '"other"', etag.slice(1, -1), `w/${etag}`, `W/ ${etag}`, '"*"', '"other", *', `"${etag}"`, `${etag}${etag}`])(
    "%s is answered with the list",
    (tags) => {
      expect(ask(PATH, { "if-none-match": tags }).status).toBe(200);
    },
  );
});

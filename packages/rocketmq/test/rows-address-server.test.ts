import { describe, expect, it } from "vitest";
import { type Answering, hanging, localHttp, saying, status } from "./support/local-http.js";
import { polledNameservers } from "./support/nameserver-stage.js";

const LIST = "10.0.0.1:9876;10.0.0.2:9876";
const VIEW = "10.0.0.1:9876 10.0.0.2:9876 |";

describe("nameservers of an address server, polled", () => {
  it("row 1: whatever it answers that is no list, the last good one is kept, and readers see it", async () => {
    const http = await localHttp(saying(LIST));
    const stage = await polledNameservers({ addressServer: http.url });
    const answers: readonly (readonly [string, Answering])[] = [
      ["MALFORMED_RESPONSE", saying("<html><body>login</body></html>")],
      ["EMPTY_METADATA", saying("")],
      ["EMPTY_METADATA", saying("\n")],
      ["UNAVAILABLE", status(404)],
      ["UNAVAILABLE", status(500)],
      ["UNAVAILABLE", status(302, { location: http.url })],
      ["MALFORMED_RESPONSE", saying(`${LIST};10.0.0`)],
      ["MALFORMED_RESPONSE", saying(`${LIST};`.repeat(10_000))],
      ["UNAVAILABLE", (response) => response.destroy()],
    ];
    for (const [code, answer] of answers) {
      http.answer = answer;
      expect(await stage.poll()).toBe(code);
      expect(stage.view).toBe(VIEW);
    }
    http.answer = saying(`${LIST};10.0.0.3:9876;`);
    expect(await stage.poll()).toBeUndefined();
    expect(stage.view).toBe("10.0.0.1:9876 10.0.0.2:9876 10.0.0.3:9876 |");
    expect(stage.sink.calls).toHaveLength(2);
  });

  it("row 1: another order, duplicates and separators at the end are no change", async () => {
    const http = await localHttp(saying(LIST));
    const stage = await polledNameservers({ addressServer: http.url });
    for (const same of ["10.0.0.2:9876;10.0.0.1:9876", `${LIST};${LIST};`, "10.0.0.2:9876\n10.0.0.1:9876\n"]) {
      http.answer = saying(same);
      expect(await stage.poll()).toBeUndefined();
    }
    expect(stage.poller.snapshot?.version).toBe(1);
  });

  it.each<[string, Answering]>([
    ["hangs", hanging],
    ["is slow", (response) => response.writeHead(200).write("10.0.0.1:98")],
  ])("row 2: while it %s, readers are not held up and see the old list; the attempt ends with its timeout", async (_what, answer) => {
    const http = await localHttp(saying(LIST));
    const stage = await polledNameservers({ addressServer: http.url });
    http.answer = answer;
    const polled = stage.poll();
    await http.until(({ requests }) => requests.length === 2);
    expect(stage.view).toBe(VIEW);
    expect((await stage.poller.ready()).endpoints).toHaveLength(2);
    await stage.clock.advance(2_000);
    expect(await polled).toBe("TIMEOUT");
    expect(stage.view).toBe(VIEW);
    await http.until(({ connections }) => connections === 0);
  });

  it("row 2: an unchanged list costs a 304, and no connection is there between polls", async () => {
    const http = await localHttp((response, { headers }) =>
      headers["if-none-match"] === '"v1"' ? response.writeHead(304).end() : response.writeHead(200, { etag: '"v1"' }).end(LIST),
    );
    const stage = await polledNameservers({ addressServer: http.url });
    await stage.poll();
    await stage.poll();
    expect(http.requests.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, '"v1"', '"v1"']);
    await http.until(({ connections }) => connections === 0);
    expect(stage.poller.snapshot?.version).toBe(1);
  });

  it("row 3: of two servers one is killed: the other is asked in the same poll, and first from then on", async () => {
    const [one, other] = [await localHttp(saying(LIST)), await localHttp(saying(LIST))];
    const from = { addressServer: [`${one.url}/list`, `${other.url}/list`], unit: "blue", params: { token: "t" } };
    const stage = await polledNameservers(from);
    expect([one.requests.length, other.requests.length]).toEqual([1, 0]);
    await one.stop();
    expect(await stage.poll()).toBeUndefined();
    await one.listen();
    expect(await stage.poll()).toBeUndefined();
    expect([one.requests.length, other.requests.length]).toEqual([1, 2]);
    expect(other.requests[0]?.url).toBe("/list-blue?nofix=1&token=t");
    await other.stop();
    await one.stop();
    expect(await stage.poll()).toBe("UNAVAILABLE");
    expect(stage.poller.status.error?.message).toContain(`none of 2 candidates answered: ${from.addressServer[1]}-blue`);
    expect(stage.view).toBe(VIEW);
  });

  it("row 3: one that is silent holds the other up for hedgeAfterMs", async () => {
    const [one, other] = [await localHttp(saying(LIST)), await localHttp(saying("10.0.0.3:9876;10.0.0.4:9876"))];
    const stage = await polledNameservers({ addressServer: [one.url, other.url] }, { hedgeAfterMs: 2_000 });
    one.answer = hanging;
    const polled = stage.poll();
    await one.until(({ requests }) => requests.length === 2);
    await stage.clock.advance(1_000);
    expect(other.requests).toHaveLength(0);
    await stage.clock.advance(250);
    expect(await polled).toBeUndefined();
    expect(stage.view).toBe("10.0.0.3:9876 10.0.0.4:9876 |");
    await one.until(({ connections }) => connections === 0);
  });
});

import type { Dispatcher } from "undici";

/** What the tests need of undici, of whichever version. */
export type Undici = Pick<typeof import("undici"), "fetch" | "request" | "Agent" | "RetryAgent" | "Dispatcher" | "Pool" | "WebSocket">;

/** What a test asks with. */
export interface Asking {
  readonly dispatcher: Dispatcher;
  readonly signal?: AbortSignal;
  readonly method?: string;
  readonly body?: string | ReadableStream | import("node:stream").Readable;
  readonly headers?: Record<string, string>;
  /** Heard by undici's own functions only. */
  readonly servername?: string | null | undefined;
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** One way to make a request. */
export interface Caller {
  readonly name: string;
  ask(url: string, asking: Asking): Promise<Answered>;
}

type Fetch = (url: string, init: object) => Promise<{ readonly status: number; text(): Promise<string> }>;

/** The `fetch` and `request` of that copy of undici, and the global `fetch`, which has a copy of its own. */
export function callersOf(undici: Undici): readonly Caller[] {
  return [fetching("its fetch", undici.fetch as unknown as Fetch), requesting(undici), fetching("the global fetch", fetch as Fetch)];
}

function fetching(name: string, fetch: Fetch): Caller {
  const ask = async (url: string, asking: Asking): Promise<Answered> => {
    const response = await fetch(url, { ...asking, ...(asking.body !== undefined && { duplex: "half" }) }).catch((error: Error) => {
      // fetch says only that it failed.
      throw error.message === "fetch failed" ? error.cause : error;
    });
    return { status: response.status, text: await response.text() };
  };
  return { name, ask };
}

function requesting(undici: Undici): Caller {
  const ask = async (url: string, asking: Asking): Promise<Answered> => {
    const { statusCode, body } = await undici.request(url, asking as Parameters<typeof undici.request>[1]);
    return { status: statusCode, text: await body.text() };
  };
  return { name: "its request", ask };
}

import { DiscoveryError, type Endpoint } from "@rollcall/core";
import { failure, Line, type LineMetadata } from "./line-source.js";
import { adding, type BrokenSource, broken, type Context, failing } from "./mistake.js";

const LISTS = "lists the members";
const IDLE = "two polls of an idle cluster are equal";
const MOVE = "ids survive an address change";
const ABORT = "settles after an abort";
const SOCKETS = "releases its sockets";
const LIFE = "stops, begins again and closes";
const SEEDS = "works with all seeds but one dead";
const KNOWN = "finds the cluster from known when all seeds are dead";
const DENIED = "tells an authentication error from a network error";
const SECRETS = "keeps its secrets";
const PARTIAL = "never a partial list in silence";
const MALFORMED = "malformed answers";
const PROBE = "probe tells serving from not";
const RESTORE = "restore refuses garbage";

const FAKE: LineMetadata = { by: "nobody", members: [{ id: "fake", host: "127.0.0.1", port: 1, zone: "nowhere" }] };

const answers: Readonly<Record<string, BrokenSource>> = {
  "gives an attribute that is no flat fact": broken(LISTS, "an answer lists endpoints that can be used", (_good, was) => ({
    fetch: async (context: Context) => ({ ...(await was.fetch(context)), nested: true }),
    restore: (stored: unknown) => ({ ...was.restore(stored), nested: true }),
    endpoints: (metadata: LineMetadata) =>
      was
        .endpoints(metadata)
        .map((one) => ("nested" in metadata && one.id === "m1" ? { ...one, attributes: { zone: { name: one.id } } } : one)),
  })),
  "lists a member twice": broken(LISTS, "an answer lists every id once", (_good, was) => ({
    endpoints: (metadata: LineMetadata) => was.endpoints(metadata).flatMap((one) => [one, one]),
  })),
  "sorts the answer in place": broken(LISTS, "endpoints() is pure", (_good, was) => ({
    endpoints: (metadata: LineMetadata) =>
      was.endpoints({ ...metadata, members: (metadata.members as LineMetadata["members"][0][]).reverse() }),
  })),
  "reports addresses as down": broken(LISTS, "unavailable() is pure, and names members", () => ({
    unavailable: ({ members }: LineMetadata) => members.slice(0, 1).map(({ host, port }) => `${host}:${port}`),
  })),
  "keeps a Map in its answer": adding(
    LISTS,
    "an answer is plain JSON data",
    ({ members }) => ({ zones: new Map(members.map(({ id, zone }) => [id, zone])) }),
    (_good, was) => ({
      restore: (stored: unknown) => ({ ...was.restore(stored), zones: new Map() }),
      endpoints: (metadata: LineMetadata & { zones: Map<string, string> }) =>
        was.endpoints(metadata).filter(() => metadata.zones.size >= 0),
    }),
  ),
  "takes the first piece for the answer": broken(LISTS, "an answer that arrives in pieces", () => ({
    lineTo: (seed: string) => Object.assign(new Line(seed), { isWhole: () => true }),
  })),
  "counts sources in its key": broken(LISTS, "key names what is asked", () => ({ key: `line:${Math.random()}` })),
  "tells the time of the poll in an endpoint": adding(
    IDLE,
    "while the cluster does not change, every poll lists the same endpoints",
    () => ({ at: Math.random() }),
    (_good, was) => ({
      endpoints: (metadata: LineMetadata & { at: number }) =>
        was.endpoints(metadata).map((one) => ({ ...one, attributes: { at: Number(metadata.at) } })),
    }),
  ),
  "compares what differs from poll to poll": adding(
    IDLE,
    "while the cluster does not change, sameMetadata()",
    () => ({ at: Math.random() }),
    () => ({ sameMetadata: (before: { at: number }, after: { at: number }) => before.at === after.at }),
  ),
  "makes ids up": broken(IDLE, "ids are the members' own", (_good, was) => {
    const mine = Math.random();
    return { endpoints: (metadata: LineMetadata) => was.endpoints(metadata).map((one) => ({ ...one, id: `${one.id}-${mine}` })) };
  }),
  "names members by their address": broken(MOVE, "a member that moves keeps its id", (_good, was) => ({
    endpoints: (metadata: LineMetadata) => was.endpoints(metadata).map((one) => ({ ...one, id: `${one.host}:${one.port}` })),
  })),
  "remembers the first address for ever": broken(MOVE, "a member that moved is listed at its new address", (_good, was) => {
    const first = new Map<string, Endpoint>();
    return {
      endpoints: (metadata: LineMetadata) =>
        was.endpoints(metadata).map((one) => first.get(one.id) ?? (first.set(one.id, one).get(one.id) as Endpoint)),
    };
  }),
  "believes what came so far": broken(PARTIAL, "an answer is whole, or the poll fails", (good) => ({
    list: async (line: Line, signal: AbortSignal) => {
      const first = await good.page(0, line, signal);
      const second = await good.page(1, line, signal).catch(() => FAKE);
      return { by: first.by, members: second === FAKE ? first.members : [...first.members, ...second.members] };
    },
  })),
  "takes a web page for an answer": failing(MALFORMED, "bytes that are not the protocol's", (error) =>
    error.message.includes("<!doctype") ? FAKE : error,
  ),
  "reads for ever": broken(MALFORMED, "an answer that never ends", (good) => ({
    attemptTimeoutMs: 60_000,
    lineTo: (seed: string) => Object.assign(new Line(seed), { maxLength: Number.POSITIVE_INFINITY }),
    hold: (line: Line) => good.drop(line),
  })),
  "takes nonsense for an outage": failing(MALFORMED, "an answer that is not what the protocol promises", (error) =>
    error.code === "MALFORMED_RESPONSE" ? failure("UNAVAILABLE", error.message) : error,
  ),
};

const conversations: Readonly<Record<string, BrokenSource>> = {
  "is deaf to its signal": broken(ABORT, "a fetch settles soon after its signal fires", (_good, was) => ({
    attemptTimeoutMs: 60_000,
    fetch: (context: Context) => was.fetch({ ...context, signal: new AbortController().signal }),
  })),
  "answers when it is stopped": failing(ABORT, "a fetch that was stopped rejects", (error, { signal }) => (signal.aborted ? FAKE : error)),
  "forgets whom it asked in vain": broken(ABORT, "when polling ends, nobody who was asked in vain", () => ({
    hedgeAfterMs: 1_000,
    drop: () => undefined,
  })),
  "never recovers from an abort": broken(ABORT, "a poll that was stopped leaves the source as it was", (_good, was) => {
    let stopped = false;
    return {
      fetch: async (context: Context) => {
        context.signal.addEventListener("abort", () => {
          stopped = true;
        });
        if (stopped) throw failure("UNAVAILABLE", "stopped once, stopped for ever");
        return await was.fetch(context);
      },
    };
  }),
  "holds its connection when polling stops": broken(SOCKETS, "when watch's signal fires, every connection is let go", () => ({
    watch: () => undefined,
  })),
  "begins something when polling stops": broken(SOCKETS, "when watch's signal fires, every connection is let go", (good, was) => {
    let spare: string | undefined;
    return {
      hold: (line: Line) => {
        spare = line.seed;
        was.hold(line);
      },
      watch: ({ signal }: { readonly signal: AbortSignal }) =>
        signal.addEventListener("abort", () => {
          good.letGo();
          if (spare !== undefined) setImmediate((seed) => new Line(seed), spare);
        }),
    };
  }),
  "holds its connection when it is closed": broken(SOCKETS, "close() lets every connection go", () => ({ close: async () => undefined })),
  "holds a connection more at every poll": broken(SOCKETS, "polls do not add connections", (_good, was) => {
    const lines = new Set<Line>();
    return {
      lineTo: (seed: string) => new Line(seed),
      hold: (line: Line) => void lines.add(line),
      letGo: () => {
        for (const line of lines) line.socket.destroy();
        was.letGo();
      },
    };
  }),
  "ends with its first listener": broken(LIFE, "polling may end and begin again", (good, was) => {
    let ended = false;
    return {
      watch: ({ signal }: { readonly signal: AbortSignal }) =>
        signal.addEventListener("abort", () => {
          ended = true;
          good.letGo();
        }),
      fetch: async (context: Context) => {
        if (ended) throw failure("CLOSED", "it was told to stop");
        return await was.fetch(context);
      },
    };
  }),
  "never finishes closing while it is asked": broken(LIFE, "close() resolves soon", (good, was) => {
    let asked = 0;
    return {
      fetch: async (context: Context) => {
        asked += 1;
        try {
          return await was.fetch(context);
        } finally {
          asked -= 1;
        }
      },
      close: async () => {
        good.letGo();
        if (asked > 0) await new Promise(() => undefined);
      },
    };
  }),
  "rejects when it is closed": broken(LIFE, "close() resolves soon", (good) => ({
    close: async () => {
      good.letGo();
      throw new Error("closed already");
    },
  })),
  "wants its seeds to be members": broken(SEEDS, "a seed may be an address that the cluster does not list", (_good, was) => ({
    list: async (line: Line, signal: AbortSignal) => {
      const metadata = await was.list(line, signal);
      if (metadata.members.some(({ port }) => line.seed.endsWith(`:${port}`))) return metadata;
      throw failure("FOREIGN_CLUSTER", `${line.seed} is no member`);
    },
  })),
  "asks the first seed only": broken(SEEDS, "one seed that answers is enough", (good) => ({
    candidates: (known: readonly Endpoint[]) => [...known.map(({ host, port }) => `${host}:${port}`), ...good.seeds.slice(0, 1)],
  })),
  "waits for a silent seed": broken(SEEDS, "one seed that answers is enough", () => ({ hedgeAfterMs: 60_000, attemptTimeoutMs: 60_000 })),
  "forgets its seeds": broken(SEEDS, "when nobody known answers, the seeds are asked", (_good, was) => ({
    candidates: (known: readonly Endpoint[]) => (known.length > 0 ? known.map(({ host, port }) => `${host}:${port}`) : was.candidates([])),
  })),
  "asks its seeds only": broken(KNOWN, "the known members are asked", (good) => ({ candidates: () => good.seeds })),
  "takes an outage for a refusal": failing(DENIED, "when nobody can be reached", (error) =>
    error.message.includes("ECONNREFUSED") ? failure("UNAUTHENTICATED", error.message) : error,
  ),
  "takes a refusal for an outage": failing(DENIED, "when the cluster refuses the credentials", (error) =>
    error.code === "UNAUTHENTICATED" ? failure("UNAVAILABLE", error.message) : error,
  ),
  "has its token in its key": broken(SECRETS, "no secret is in the key", ({ token }) => ({ key: `line:${token}@here` })),
  "has its token in its errors": failing(
    SECRETS,
    "no secret is in the key",
    (error, _context, { token }) => new DiscoveryError(error.code, `${error.message}, asked with ${token}`, { source: "line" }),
  ),
  "says that nobody serves": broken(PROBE, "probe() resolves for a member that serves", () => ({
    probe: () => Promise.reject(failure("UNAVAILABLE", "no")),
  })),
  "is content with a connection": broken(PROBE, "probe() does not resolve for a member that is listed but does not serve", () => ({
    probe: ({ host, port }: Endpoint) =>
      new Promise<void>((resolve, reject) => {
        const { socket } = new Line(`${host}:${port}`);
        socket.once("connect", () => resolve(void socket.destroy())).once("error", reject);
      }),
  })),
  "probes for ever": broken(PROBE, "probe() rejects soon after its signal fires", (good) => {
    const probe = good.probe.bind(good);
    return { probe: (endpoint: Endpoint) => probe(endpoint, { signal: new AbortController().signal }) };
  }),
  "takes nothing back": broken(RESTORE, "restore() takes back an answer", () => ({
    restore: () => {
      throw new Error("not supported");
    },
  })),
  "takes everything back": broken(RESTORE, "restore() throws for what is no stored answer", () => ({
    restore: (stored: unknown) => stored,
  })),
  "takes half an answer back": broken(RESTORE, "what restore() lets pass", () => ({
    restore: (stored: unknown) => {
      if (Array.isArray((stored as LineMetadata).members)) return stored;
      throw new TypeError("no members");
    },
  })),
};

/** One mistake each. */
export const BROKEN_SOURCES: Readonly<Record<string, BrokenSource>> = { ...answers, ...conversations };

/** Something that whoever writes a first provider gets wrong, and the rule that tells. */
export interface Mistake {
  /** As a sentence about the provider. */
  readonly what: string;
  /** Below `src` of a provider called `my-system`. */
  readonly file: string;
  /** What is right, and what is written instead. */
  readonly edits: readonly (readonly [correct: string, wrong: string])[];
  /** Where the suite finds it. */
  readonly facet: string;
  /** What the suite says. */
  readonly rule: string;
}

const SOURCE = "my-system-members-source.ts";
const METADATA = "my-system-members-metadata.ts";
const TRANSPORT = "my-system-transport.ts";

export const MISTAKES: readonly Mistake[] = [
  {
    what: "reads an answer without end",
    file: TRANSPORT,
    edits: [["if (length > MAX_BODY_BYTES)", "if (length < 0)"]],
    facet: "malformed answers",
    rule: "an answer that never ends is given up after at most 16 MiB",
  },
  {
    what: "asks the first seed only",
    file: SOURCE,
    edits: [
      ["      seeds,\n", "      seeds: (seeds as readonly string[]).slice(0, 1),\n"],
      ["known: known.map(hostPort.format)", "known: []"],
    ],
    facet: "works with all seeds but one dead",
    rule: "one seed that answers is enough, whatever the others do and wherever it stands among them",
  },
  {
    what: "asks its seeds only",
    file: SOURCE,
    edits: [["known: known.map(hostPort.format)", "known: []"]],
    facet: "finds the cluster from known when all seeds are dead",
    rule: "the known members are asked as well as the seeds",
  },
  {
    what: "is deaf to its signal",
    file: TRANSPORT,
    edits: [["headers, signal }", "headers }"]],
    facet: "settles after an abort",
    rule: "when polling ends, nobody who was asked in vain is left with a connection",
  },
  {
    what: "makes ids of addresses",
    file: METADATA,
    edits: [["({ id, host, port, attributes: { zone } })", "({ id: [host, port].join(), host, port, attributes: { zone } })"]],
    facet: "ids survive an address change",
    rule: "a member that moves keeps its id",
  },
  {
    what: "has its password in its key",
    file: SOURCE,
    edits: [["this.key = settings.key", "this.key = settings.key + settings.token"]],
    facet: "keeps its secrets",
    rule: "no secret is in the key or in the message of an error",
  },
  {
    what: "takes back whatever was stored",
    file: SOURCE,
    edits: [["return readStoredMembers(stored)", "return stored as MySystemMetadata"]],
    facet: "restore refuses garbage",
    rule: "restore() throws for what is no stored answer",
  },
  {
    what: "probes by connecting",
    file: SOURCE,
    edits: [
      ["import {\n  askCandidates", 'import { once } from "node:events";\nimport { connect } from "node:net";\nimport {\n  askCandidates'],
      [
        'await this.#ask({ host, port, method: "HEAD", path: "/ready" }, options);',
        'const socket = connect(port, host);\n    try { await once(socket, "connect", options); } finally { socket.destroy(); }',
      ],
    ],
    facet: "probe tells serving from not",
    rule: "probe() does not resolve for a member that is listed but does not serve",
  },
  {
    what: "swallows errors into an empty list",
    file: SOURCE,
    edits: [
      [
        "    const { from, answer } = await askCandidates(",
        "    const none = { from: undefined, answer: { members: [] } };\n    const { from, answer } = await askCandidates(",
      ],
      ["      clock: this.#clock,\n    });", "      clock: this.#clock,\n    }).catch(() => none);"],
    ],
    facet: "tells an authentication error from a network error",
    rule: "when nobody can be reached, the poll fails with UNAVAILABLE or TIMEOUT (or with any error that is no DiscoveryError)",
  },
  {
    what: "takes a wrong password for an outage",
    file: "my-system-error.ts",
    edits: [
      [
        'if (status === 401 || status === 403) return mySystemRefusal("UNAUTHENTICATED"',
        'if (status === 401) return mySystemRefusal("UNAVAILABLE"',
      ],
    ],
    facet: "tells an authentication error from a network error",
    rule: "when the cluster refuses the credentials, the poll fails with a DiscoveryError UNAUTHENTICATED",
  },
  {
    what: "believes a member that knows only a part",
    file: METADATA,
    edits: [["if (!data.quorum) throw", "if (data.quorum === undefined) throw"]],
    facet: "never a partial list in silence",
    rule: "an answer is whole, or the poll fails: reject rather than return what came so far",
  },
  {
    what: "keeps a connection for every question",
    file: TRANSPORT,
    edits: [
      ["import { type IncomingMessage,", "import { Agent, type IncomingMessage,"],
      ["agent: false, headers, signal }", "agent: new Agent({ keepAlive: true }), headers, signal }"],
    ],
    facet: "releases its sockets",
    rule: "when watch's signal fires, every connection is let go",
  },
  {
    what: "lists what differs from answer to answer",
    file: METADATA,
    edits: [["attributes: { zone } }", "attributes: { zone, asked: performance.now() } }"]],
    facet: "two polls of an idle cluster are equal",
    rule: "while the cluster does not change, every poll lists the same endpoints: same ids, addresses and attributes",
  },
];

import { Worker } from "node:worker_threads";
import { onTestFinished } from "vitest";

/** Where a producer looks up its nameservers. */
type Lookup = { readonly nameSrv: readonly string[] } | { readonly onsAddr: string };

interface Reply {
  readonly number: number;
  readonly status?: string;
  readonly failure?: string;
}

/** A stock ali-ons producer that ends with the test. Its routes are a tenth of a second old at most. */
export class AliOnsProducer {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #asked = 0;

  private constructor(workerData: object) {
    this.#worker = new Worker(new URL("./ali-ons-worker.mjs", import.meta.url), { workerData, execArgv: [] });
    this.#worker.on("message", (reply: Reply) => this.#waiting.get(reply.number)?.(reply));
  }

  /** Resolves once it is ready; rejects with what it says. */
  static async start(lookup: Lookup, options: object = {}): Promise<AliOnsProducer> {
    const producer = new AliOnsProducer({ ...lookup, ...options });
    onTestFinished(async () => void (await producer.#worker.terminate()));
    await producer.#ask({});
    return producer;
  }

  /** What it says of the send; rejects with its error. */
  async send(topic: string, body: string): Promise<string | undefined> {
    return await this.#ask({ topic, body });
  }

  /** Changes the array that it was given, in place. */
  async setNameservers(nameservers: readonly string[]): Promise<void> {
    await this.#ask({ nameservers });
  }

  async #ask(request: object): Promise<string | undefined> {
    this.#asked += 1;
    const number = this.#asked;
    const replied = new Promise<Reply>((resolve) => this.#waiting.set(number, resolve));
    this.#worker.postMessage({ number, ...request });
    const { status, failure } = await replied;
    this.#waiting.delete(number);
    if (failure !== undefined) throw new Error(failure);
    return status;
  }
}

/** Sends one message after the other until it is stopped. Which arrived, and how many did not. */
export function steadyLoad(
  producer: AliOnsProducer,
  topic: string,
): () => Promise<{ readonly sent: readonly string[]; readonly failed: number }> {
  const sent: string[] = [];
  let failed = 0;
  let running = true;
  const ended = (async () => {
    for (let number = 0; running; number += 1) {
      try {
        await producer.send(topic, `${number}`);
        sent.push(`${number}`);
      } catch {
        failed += 1;
      }
    }
  })();
  return async () => {
    running = false;
    await ended;
    return { sent, failed };
  };
}

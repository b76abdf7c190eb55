import { Duplex } from "node:stream";
import { type Endpoints, Producer } from "rocketmq-client-nodejs";

type TelemetryStream = ReturnType<Producer["createTelemetryStream"]>;

/**
 * A producer that ends when it is told to. The client's own `shutdown` (1.0.8) does nothing more once its goodbye has failed, as it does when the proxy is gone: then its timers keep the
 * process alive, and its stream to the proxy is made anew every second, for ever. And a stream that breaks after `shutdown` ends the process, because nobody listens to its errors any more.
 */
export class EndingProducer extends Producer {
  /** The newest to each proxy; those before it have ended. */
  readonly #streams: Map<string, TelemetryStream> = new Map();
  #isOver = false;

  override createTelemetryStream(endpoints: Endpoints): TelemetryStream {
    if (this.#isOver) return deadStream();
    const stream = super.createTelemetryStream(endpoints);
    this.#streams.set(endpoints.facade, stream);
    return stream;
  }

  /** Says goodbye if it can, and ends. Never rejects. */
  override async shutdown(): Promise<void> {
    this.#isOver = true;
    await super.shutdown().catch(() => {
      this.topicRouteCache.clear(); // nobody is left to say goodbye to, so the rest is done
      return super.shutdown();
    });
    for (const stream of this.#streams.values()) stream.on("error", () => undefined).cancel();
    this.#streams.clear();
  }
}

/** A stream that never ends and never fails: whoever makes streams anew until one holds is content with it. */
function deadStream(): TelemetryStream {
  const stream = new Duplex({ objectMode: true, read: () => undefined, write: (_chunk, _encoding, done) => done() });
  return stream as unknown as TelemetryStream;
}

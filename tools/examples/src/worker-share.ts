import { type DiscoveryError, type EndpointFeed, type Subscription, toDiscoveryError } from "@rollcall/core";
import type { Answer, Channel, Question, ToPoller, ToWorker } from "./worker-channel.js";

/**
 * Lets one worker use a feed: it makes a `WorkerFeed` on the other end of the channel. While somebody there listens, one subscription is held here.
 * It ends when the worker does.
 *
 * @param feed - the poller that all workers share; its metadata are plain data
 * @param channel - to this one worker
 * @returns disposing tells the worker that there will be nothing more; do it before the poller is closed, or the worker finds out when it asks next
 */
export function shareFeed<T>(feed: EndpointFeed<T>, channel: Channel<ToWorker<T>, ToPoller>): Disposable {
  const life = new AbortController();
  let subscription: Subscription | undefined;

  const changed = (): void => channel.post({ type: "changed" });
  const listen = (on: boolean): void => {
    subscription?.[Symbol.dispose]();
    subscription = on ? feed.subscribe({ update: changed, status: changed }, { metadata: true }) : undefined;
  };
  const answer = async ({ have, refresh }: Question): Promise<Answer<T>> => {
    const failed = (thrown: unknown): DiscoveryError => toDiscoveryError(thrown, "worker");
    const failure = refresh && (await feed.refresh({ ...refresh, signal: life.signal }).then(() => undefined, failed));
    const { snapshot, status } = feed;
    return { snapshot: snapshot?.version === have ? undefined : snapshot, error: asData(failure ?? status.error) };
  };
  const hear = async (message: ToPoller): Promise<void> => {
    if (feed.status.state === "closed") end();
    else if (message.type === "listen") listen(message.on);
    else if (message.type === "suspect") feed.suspect(message.at, { cause: message.cause });
    else reply(message.id, await answer(message));
  };
  const reply = (id: number, said: Answer<T>): void => {
    try {
      channel.post({ type: "answer", id, ...said });
    } catch (thrown) {
      // For the worker to hear, because here nobody would: it would end this process.
      channel.post({
        type: "answer",
        id,
        error: { code: "INVALID_OPTIONS", source: "worker", text: `metadata are no plain data: ${thrown}` },
      });
    }
  };
  const leave = channel.listen((message) => void hear(message), end);

  function end(): void {
    if (life.signal.aborted) return;
    life.abort();
    subscription?.[Symbol.dispose]();
    channel.post({ type: "ended" });
    leave();
  }
  return { [Symbol.dispose]: end };
}

function asData(error: DiscoveryError | undefined): Answer<unknown>["error"] {
  if (error === undefined) return undefined;
  const { code, source, message } = error;
  return { code, source, text: message.replace(`[${source}] [${code}] `, "") };
}

import type { ChildProcess } from "node:child_process";
import type { MessagePort } from "node:worker_threads";
import type { DiscoveryErrorCode, Endpoint, Snapshot } from "@rollcall/core";

/** What a worker says to the thread or process that polls. */
export type ToPoller =
  | { readonly type: "listen"; readonly on: boolean }
  | { readonly type: "suspect"; readonly at: Pick<Endpoint, "host" | "port">; readonly cause?: string | undefined }
  | ({ readonly type: "ask"; readonly id: number } & Question);

/** What a worker wants to know. */
export interface Question {
  /** The version that it has: only a newer one is sent. */
  readonly have?: number | undefined;
  /** It wants what a poll finds that begins after the question. */
  readonly refresh?: { readonly reason?: string | undefined } | undefined;
}

/** What a worker is told. `changed`: please ask. `ended`: there will be nothing more. */
export type ToWorker<T> =
  | { readonly type: "changed" }
  | { readonly type: "ended" }
  | ({ readonly type: "answer"; readonly id: number } & Answer<T>);

/** The newest version, unless the worker has it, and the error of the last poll. `text` is without source and code. */
export interface Answer<T> {
  readonly snapshot?: Snapshot<T> | undefined;
  readonly error?: { readonly code: DiscoveryErrorCode; readonly text: string; readonly source: string } | undefined;
}

/** One end of a way between two threads or processes. */
export interface Channel<Out, In> {
  /** Sends a message; does nothing if nobody is there any more. */
  post(message: Out): void;
  /** From now on messages are heard; `gone` is called when the other end is. Returns how to leave, which is for good. */
  listen(hear: (message: In) => void, gone: () => void): () => void;
}

/** A port of a `MessageChannel` that serves one feed. It keeps no thread alive. */
export function portChannel<Out, In>(port: MessagePort): Channel<Out, In> {
  return {
    post: (message) => port.postMessage(message),
    listen: (hear, gone) => {
      port.on("message", hear).once("close", gone).unref();
      return () => port.off("message", hear).off("close", gone).close();
    },
  };
}

/**
 * The channel of a child process, seen from the child (`process`) or from its parent (what `fork` returned; `worker.process` of
 * `node:cluster`). Like any listener to messages it keeps a child alive, until the feed is disposed or either end disconnects.
 *
 * @param name - of the feed: several share the channel with each other, and with whatever else is sent
 */
export function processChannel<Out, In>(end: ChildProcess | NodeJS.Process, name: string): Channel<Out, In> {
  const emitter: NodeJS.EventEmitter = end;
  return {
    post: (message) => {
      if (end.connected) end.send?.({ rollcall: name, message }, undefined, undefined, () => undefined); // whoever goes in this moment needs no message
    },
    listen: (hear, gone) => {
      const sift = (given: unknown): void => {
        const { rollcall, message } = Object(given) as { readonly rollcall?: unknown; readonly message: In };
        if (rollcall === name) hear(message);
      };
      emitter.on("message", sift).once("disconnect", gone);
      return () => void emitter.off("message", sift).off("disconnect", gone);
    },
  };
}

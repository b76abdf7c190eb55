/** Keeps the runner from hearing of errors that belong to nobody: here they are what is looked for. */
export async function unheard<R>(run: () => Promise<R>): Promise<R> {
  const events = ["unhandledRejection", "uncaughtException"] as const;
  const listeners = events.map((event) => [event, process.rawListeners(event)] as const);
  for (const event of events) process.removeAllListeners(event).on(event, () => undefined);
  try {
    return await run();
  } finally {
    for (const [event, heard] of listeners) {
      process.removeAllListeners(event);
      for (const listener of heard) process.on(event, listener as () => void);
    }
  }
}

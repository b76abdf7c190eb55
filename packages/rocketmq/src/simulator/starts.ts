/** What is being started in a cluster, so that its end can wait for it: what is only half there cannot be ended. */
export class Starts {
  readonly #begun = new Set<Promise<unknown>>();
  #isOver = false;

  /** Starts something. Rejects once all is over. */
  async run<T>(start: () => Promise<T>): Promise<T> {
    if (this.#isOver) throw new Error("the cluster has ended");
    const begun = start();
    this.#begun.add(begun);
    return await begun.finally(() => this.#begun.delete(begun));
  }

  /**
   * From now on nothing is started.
   *
   * @param end - ends whatever is there; called again once everything that was begun is there, or has failed
   */
  async end(end: () => Promise<void>): Promise<void> {
    this.#isOver = true;
    await end();
    await Promise.allSettled(this.#begun);
    await end();
  }
}

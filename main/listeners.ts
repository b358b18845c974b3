/** Listeners of one kind of news. One that throws never stops the others; its error goes to the console of the process. */
export class Listeners<T> {
  readonly #listeners = new Set<(news: T) => void>();

  /** Adds a listener; dispose the result to remove it. */
  add(listener: (news: T) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  tell(news: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(news);
      } catch (error) {
        console.error(error);
      }
    }
  }
}

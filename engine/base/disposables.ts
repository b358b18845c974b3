/** Anything that gives back what it holds, now or later. */
export type AnyDisposable = Disposable | AsyncDisposable;

/**
 * Owner of resources: registered when created, released in reverse order, all of them even if one fails.
 * The first failure is rethrown at the end.
 */
export class Disposables implements AsyncDisposable {
  readonly #stack: Array<() => void | Promise<void>> = [];
  #disposed = false;

  /** Takes ownership of a disposable and returns it. */
  use<T extends AnyDisposable>(resource: T): T {
    this.defer(() =>
      Symbol.asyncDispose in resource ? Promise.resolve(resource[Symbol.asyncDispose]()) : resource[Symbol.dispose](),
    );
    return resource;
  }

  /** Runs `release` on disposal. */
  defer(release: () => void | Promise<void>): void {
    if (this.#disposed) throw new Error('already disposed');
    this.#stack.push(release);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    let failure: unknown;
    for (let release = this.#stack.pop(); release; release = this.#stack.pop()) {
      try {
        await release();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }
}

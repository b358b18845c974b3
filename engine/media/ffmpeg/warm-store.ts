/** A thing in use: freed at the end of its block unless it was put back with `keep`. */
export interface Lease<T extends Disposable> extends Disposable {
  readonly value: T;
  /** The segment ended well: the thing goes back for the next one. */
  keep(): void;
}

/** Something kept between the segments of a session, and what it was made for. */
interface Kept {
  readonly key: string;
  readonly value: Disposable;
}

/**
 * Codec state kept warm between the segments of a session. What is taken out is the taker's; it comes back when the
 * segment ended well, and is freed otherwise, so a failure never leaks into the next segment.
 */
export class WarmStore implements Disposable {
  readonly #slots = new Map<string, Kept>();

  /** Takes what lies in a slot if it was made for the same key; frees it if not. */
  take<T extends Disposable>(slot: string, key: string, type: new (...args: never[]) => T): T | undefined {
    const kept = this.#slots.get(slot);
    if (!kept) return undefined;
    this.#slots.delete(slot);
    if (kept.key === key && kept.value instanceof type) return kept.value;
    kept.value[Symbol.dispose]();
    return undefined;
  }

  /** Takes what fits, or makes it; without `make`, nothing may fit. */
  lease<T extends Disposable>(slot: string, key: string, type: new (...args: never[]) => T, make: () => T): Lease<T>;
  lease<T extends Disposable>(slot: string, key: string, type: new (...args: never[]) => T): Lease<T> | undefined;
  lease<T extends Disposable>(
    slot: string,
    key: string,
    type: new (...args: never[]) => T,
    make?: () => T,
  ): Lease<T> | undefined {
    const value = this.take(slot, key, type) ?? make?.();
    if (!value) return undefined;
    let held = true;
    return {
      value,
      keep: () => {
        held = false;
        this.put(slot, key, value);
      },
      [Symbol.dispose]: () => {
        if (held) value[Symbol.dispose]();
      },
    };
  }

  put(slot: string, key: string, value: Disposable): void {
    this.#slots.get(slot)?.value[Symbol.dispose]();
    this.#slots.set(slot, { key, value });
  }

  [Symbol.dispose](): void {
    for (const { value } of this.#slots.values()) value[Symbol.dispose]();
    this.#slots.clear();
  }
}

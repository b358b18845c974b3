/** So many looks at zero in a row, and the number is not believed: at one look in 5 s nobody types into every one of them. */
const ZEROS = 24;

/**
 * Seconds since the last input, as the system tells, or null where it cannot. Wayland gives no program that number unless the desktop
 * has an extension for it; Chromium then answers zero for ever, which would mean a person who never rests.
 */
export class IdleClock {
  readonly #doubtful: boolean;
  #zeros = 0;

  /** @param doubtful the system may answer zero for "unknown" (Wayland) */
  constructor(doubtful: boolean) {
    this.#doubtful = doubtful;
  }

  /** The number to believe for what the system told. */
  read(seconds: number): number | null {
    if (!Number.isFinite(seconds) || seconds < 0) return null;
    if (!this.#doubtful) return seconds;
    this.#zeros = seconds === 0 ? this.#zeros + 1 : 0;
    return this.#zeros >= ZEROS ? null : seconds;
  }
}

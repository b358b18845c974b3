import type { Frame } from 'node-av/lib';

/**
 * A decoded picture that several renditions read from, freed when the last has let go of it. Nobody may change it. One object, not a
 * clone for each: node-av tells V8 of the whole picture with every clone, and V8 then collects everything to get that memory back.
 */
export class DecodedFrame {
  readonly frame: Frame;
  #holders = 1;

  /** Takes the frame over; whoever makes this is its first holder. */
  constructor(frame: Frame) {
    this.frame = frame;
  }

  /** One more holder, who has to {@link release} it. */
  hold(): DecodedFrame {
    this.#holders += 1;
    return this;
  }

  /** A holder lets go. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.frame.free();
  }
}

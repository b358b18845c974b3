import { AVCOL_PRI_UNSPECIFIED, AVCOL_SPC_RGB, AVCOL_SPC_UNSPECIFIED, AVCOL_TRC_UNSPECIFIED } from 'node-av/constants';
import type { Frame } from 'node-av/lib';

/** What the numbers of a picture mean; for whoever shows it. */
export type Colours = Pick<Frame, 'colorPrimaries' | 'colorTrc' | 'colorSpace'>;

/**
 * A decoded picture that several renditions read from, freed when the last has let go of it. Nobody may change it. One object, not a
 * clone for each: node-av tells V8 of the whole picture with every clone, and V8 then collects everything to get that memory back.
 */
export class DecodedFrame {
  readonly frame: Frame;
  /**
   * Taken off the frame: Siphon never converts colours, and FFmpeg's filters refuse pictures with some rare ones, or ones that change.
   * The encoder writes them into the rendition.
   */
  readonly colours: Colours;
  #holders = 1;

  /** Takes the frame over; whoever makes this is its first holder. */
  constructor(frame: Frame) {
    this.frame = frame;
    const { colorPrimaries, colorTrc, colorSpace } = frame;
    // Renditions are never RGB.
    this.colours = { colorPrimaries, colorTrc, colorSpace: colorSpace === AVCOL_SPC_RGB ? AVCOL_SPC_UNSPECIFIED : colorSpace };
    frame.colorPrimaries = AVCOL_PRI_UNSPECIFIED;
    frame.colorTrc = AVCOL_TRC_UNSPECIFIED;
    frame.colorSpace = AVCOL_SPC_UNSPECIFIED;
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

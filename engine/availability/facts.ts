import type { Presence } from '../api/availability.ts';
import type { Config } from '../config/schema.ts';

/** What is known about one device that could work. */
export interface DeviceFact {
  /** GPU UUID, or `cpu`. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'gpu' | 'cpu';
  /** False: the settings switch it off. */
  readonly enabled: boolean;
  /** False: lost, or it cannot be used; then `why` says it. */
  readonly usable: boolean;
  readonly why?: string;
}

/** What other programs do on one card. */
export interface CardUse {
  /** Share of the card that others use, percent of its busiest engine; null = not known. */
  readonly percent: number | null;
  /** The program that uses most of it, where the driver tells. */
  readonly program?: string;
  /** It draws a picture (a game, a 3D program) rather than computes. */
  readonly graphics?: boolean;
  /** Why it is only an estimate, in plain words. */
  readonly uncertain?: string;
}

/** A card that others need, as {@link sustain}ed. */
export interface NeededCard extends CardUse {
  readonly uuid: string;
}

/** Everything the rules look at, at one moment. */
export interface Facts {
  readonly nowMs: number;
  readonly settings: Config['availability'];
  /** The devices work would run on; undefined = none is needed, or not known yet. */
  readonly devices: readonly DeviceFact[] | undefined;
  /** Undefined = nothing reported lately. */
  readonly presence: Presence | undefined;
  /** What the engine itself reads about the battery: `none` = the machine has none; undefined = it cannot be read here. */
  readonly ownBattery: 'mains' | 'battery' | 'none' | undefined;
  /** °C by card; null = the card does not tell. */
  readonly temperatures: ReadonlyMap<string, number | null>;
  readonly hot: ReadonlySet<string>;
  readonly needed: readonly NeededCard[];
  /** Why nothing can be told about other programs' use; undefined = it can. */
  readonly useUnknown?: string;
}

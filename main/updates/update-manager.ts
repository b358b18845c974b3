import type { UpdateState } from '../../engine/api/desktop.ts';
import type { UpdatesText } from '../text/en-updates.ts';
import { plainNotes } from './manifest.ts';
import { faultOf } from './update-error.ts';
import type { Offer, Updater } from './updaters.ts';

/** How a downloaded version gets in place; one per kind of installation. */
export interface Installer {
  /** Whether this version lies ready since an earlier run. */
  isPrepared(offer: Offer): Promise<boolean>;
  /** Does everything that can fail or take long, while work goes on. Rejects with UpdateError. */
  prepare(offer: Offer, file: string): Promise<void>;
  /**
   * Puts it in place; quick and synchronous, the app ends right after. `startAfter`: the new version is started then, or this one again
   * where it throws.
   */
  install(offer: Offer, startAfter: boolean): void;
  /** May be installed when the app just ends, without the person's word. */
  readonly whenEnding: boolean;
}

/** Dependencies of an {@link UpdateManager}. */
export interface UpdateManagerParameters {
  readonly updater: Updater;
  readonly installer: Installer;
  /** Versions that failed on this machine: offered only when the person asks. */
  readonly refused: () => readonly string[];
  readonly automatic: () => boolean;
  readonly isMetered: () => Promise<boolean | undefined>;
  /** Drains the engine, ends the app; `after` is the last thing that runs. */
  readonly quit: (options: { readonly after: () => void }) => void;
  readonly text: () => UpdatesText;
  readonly onState: (state: UpdateState) => void;
  readonly log: (text: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly now: () => number;
  /** Shown until something newer is known, e.g. that a version was rolled back. */
  readonly initial: UpdateState;
}

/** One update at a time: look, download, prepare, and at the right moment put in place. */
export class UpdateManager {
  readonly #parameters: UpdateManagerParameters;
  #state: UpdateState;
  #offer: Offer | undefined;
  #busy = false;
  #installed = false;

  constructor(parameters: UpdateManagerParameters) {
    this.#parameters = parameters;
    this.#state = parameters.initial;
    parameters.onState(this.#state);
  }

  get state(): UpdateState {
    return this.#state;
  }

  /** Looks for a version and downloads it, if the settings and the connection allow; for the timer. Never rejects. */
  async automatic(): Promise<void> {
    const { automatic, isMetered, log } = this.#parameters;
    if (!automatic() || this.#busy || this.#state.kind === 'ready') return;
    if ((await isMetered()) === true) {
      log('no look for updates on a metered connection');
      return;
    }
    await this.check({ asked: false });
    if (this.#state.kind === 'available') await this.download();
  }

  /**
   * Looks for a version. Never rejects: what went wrong is in the state.
   * @param asked by the person: then versions that failed here before count too
   */
  async check({ asked }: { readonly asked: boolean }): Promise<void> {
    const { updater, installer, refused, now, log } = this.#parameters;
    if (this.#busy || this.#state.kind === 'ready' || this.#state.kind === 'installing') return;
    this.#busy = true;
    const before = this.#state;
    // A look that nobody asked for doesn't hide what is shown until it has found something.
    if (asked) this.#enter({ kind: 'checking' });
    try {
      const offer = await updater.check();
      const hidden = offer !== undefined && !asked && refused().includes(offer.version);
      this.#offer = hidden ? undefined : offer;
      if (this.#offer === undefined) {
        log('no newer version', hidden ? { refused: offer?.version } : {});
        this.#enter(!asked && before.kind === 'rolled-back' ? before : { kind: 'none', checkedAtMs: now() });
        return;
      }
      const { version, notes, bytes } = this.#offer;
      log('newer version', { version });
      if (await installer.isPrepared(this.#offer)) this.#enter({ kind: 'ready', version, notes: plainNotes(notes) });
      else this.#enter({ kind: 'available', version, notes: plainNotes(notes), bytes });
    } catch (error) {
      this.#failed(error, asked ? undefined : before);
    } finally {
      this.#busy = false;
    }
  }

  /** Downloads the version on offer and makes it ready. Never rejects, except when there is none on offer. */
  async download(): Promise<void> {
    const { updater, installer, text, log } = this.#parameters;
    const offer = this.#offer;
    if (offer === undefined) throw new Error(text().nothingToDownload);
    if (this.#busy || this.#state.kind === 'ready' || this.#state.kind === 'installing') return;
    this.#busy = true;
    const { version } = offer;
    try {
      this.#enter({ kind: 'downloading', version, percent: 0 });
      const file = await updater.download((percent) => {
        if (this.#state.kind === 'downloading' && this.#state.percent !== percent)
          this.#enter({ kind: 'downloading', version, percent });
      });
      await installer.prepare(offer, file);
      log('ready to install', { version });
      this.#enter({ kind: 'ready', version, notes: plainNotes(offer.notes) });
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy = false;
    }
  }

  /** Drains the engine, puts the new version in place and starts it. */
  install(): void {
    const { quit, text } = this.#parameters;
    const offer = this.#offer;
    if (this.#state.kind !== 'ready' || offer === undefined) throw new Error(text().nothingToInstall);
    quit({ after: () => this.#install(offer, true) });
    this.#enter({ kind: 'installing', version: offer.version });
  }

  /** The person took the end of the app back while it drained. */
  cancelled(): void {
    if (this.#state.kind !== 'installing' || this.#offer === undefined || this.#installed) return;
    this.#enter({ kind: 'ready', version: this.#offer.version, notes: plainNotes(this.#offer.notes) });
  }

  /** The app ends: a version that is ready takes its place, without being started. */
  ending(): void {
    const { installer } = this.#parameters;
    if (this.#state.kind === 'ready' && this.#offer !== undefined && installer.whenEnding) this.#install(this.#offer, false);
  }

  #install(offer: Offer, startAfter: boolean): void {
    const { installer, log } = this.#parameters;
    if (this.#installed) return;
    this.#installed = true;
    try {
      installer.install(offer, startAfter);
      log('installed', { version: offer.version });
    } catch (error) {
      // The app is as it was; the next start looks again.
      log('not installed', { version: offer.version, error: String(error) });
    }
  }

  /** @param quiet state to go back to, for a look that nobody asked for */
  #failed(error: unknown, quiet?: UpdateState): void {
    const { text, log } = this.#parameters;
    const fault = faultOf(error);
    log('update failed', { fault, error: error instanceof Error ? error.message : String(error) });
    // A server that is not there is everyday life; a server that lies is something to know about.
    const everyday = fault === 'unreachable' || fault === 'too-slow' || fault === 'server-error' || fault === 'not-found';
    if (quiet && everyday) this.#enter(quiet);
    else this.#enter({ kind: 'failed', ...text().faults[fault] });
  }

  #enter(state: UpdateState): void {
    this.#state = state;
    this.#parameters.onState(state);
  }
}

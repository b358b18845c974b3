import { formatDuration } from './format.ts';
import type { Terminal } from './terminal.ts';

const REDRAW_MS = 100;
const BAR_WIDTH = 24;

/** A progress bar on stderr; where that is no terminal (a pipe, a log, `--json`, `--quiet`) it says nothing. */
export class Progress implements Disposable {
  readonly #stream: Terminal['stderr'] | undefined;
  readonly #label: string;
  readonly #startedAtMs = performance.now();
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(terminal: Terminal, label: string, shown: boolean) {
    this.#stream = shown && terminal.stderr.isTTY === true && terminal.env.TERM !== 'dumb' ? terminal.stderr : undefined;
    this.#label = label;
  }

  /** Draws how far it is: `done` of `total` in any unit; null = total unknown. `note` stands behind the bar. */
  update(done: number, total: number | null, note = ''): void {
    const now = performance.now();
    if (!this.#stream || (now - this.#drawnAtMs < REDRAW_MS && done !== total)) return;
    this.#drawnAtMs = now;
    const line = total === null || total <= 0 ? `${this.#label} ${note}` : this.#bar(Math.min(1, done / total), note);
    const width = Math.max(20, (this.#stream.columns ?? 80) - 1);
    this.#stream.write(`\r\u001b[2K${line.slice(0, width)}`);
    this.#drawn = true;
  }

  /** Takes the bar away. */
  [Symbol.dispose](): void {
    if (this.#drawn) this.#stream?.write('\r\u001b[2K');
    this.#drawn = false;
  }

  #bar(share: number, note: string): string {
    const full = Math.floor(share * BAR_WIDTH);
    const elapsedMs = performance.now() - this.#startedAtMs;
    const left = share > 0.02 && share < 1 ? `, ${formatDuration((elapsedMs * (1 - share)) / share)} left` : '';
    const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
    return `${this.#label} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %${left}${note === '' ? '' : `  ${note}`}`;
  }
}

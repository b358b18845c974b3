import { request } from 'node:https';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Check, OrchestratorAddress } from './check.ts';

/** What the clock is compared with. */
export interface ClockCheckParameters {
  /** Its HTTP `Date` header is the reference; nothing but a HEAD request is sent. */
  readonly orchestrator?: OrchestratorAddress;
  /** A time that has certainly passed, milliseconds since the Unix epoch, e.g. this version's release. */
  readonly notBeforeMs: number;
  readonly clock?: Clock;
}

const TEN_YEARS_MS = 10 * 365 * 86_400_000;
const GOOD_OFFSET_MS = 10_000;
const WORST_OFFSET_MS = 120_000;
const HTTP_MS = 10_000;

/** Is this computer's clock right? Against the orchestrator where one is set and answers, else for plausibility. */
export function clockCheck({ orchestrator, notBeforeMs, clock = systemClock }: ClockCheckParameters): Check {
  return {
    id: 'clock',
    title: 'Clock',
    run: async (signal) => {
      const nowMs = clock.nowMs();
      const nextStep =
        process.platform === 'win32'
          ? 'Turn on "Set time automatically" in Settings > Time & language, and press "Sync now".'
          : 'Turn on time synchronisation: `sudo timedatectl set-ntp true`.';
      if (nowMs < notBeforeMs || nowMs > notBeforeMs + TEN_YEARS_MS) {
        return {
          status: 'fail',
          text: `This computer's clock says ${new Date(nowMs).toISOString()}, which cannot be.`,
          nextStep,
        };
      }
      if (orchestrator === undefined) {
        return {
          status: 'ok',
          text: `The clock says ${new Date(nowMs).toISOString()}, which is plausible. (No orchestrator is set to compare it with.)`,
        };
      }
      const startedMs = clock.nowMs();
      const theirs = await readDate(orchestrator, signal).catch(() => {
        signal.throwIfAborted();
        return null;
      });
      if (theirs === null)
        return { status: 'ok', text: 'The clock is plausible. (The orchestrator gave no time to compare it with.)' };
      // HTTP dates have whole seconds, cut off: half a second is added on average.
      const offsetMs = (startedMs + clock.nowMs()) / 2 - (theirs + 500);
      const size = Math.abs(offsetMs);
      if (size <= GOOD_OFFSET_MS) return { status: 'ok', text: "The clock agrees with the orchestrator's." };
      const text = `The clock is ${describe(size)} ${offsetMs > 0 ? 'ahead of' : 'behind'} the orchestrator's.`;
      return { status: size > WORST_OFFSET_MS ? 'fail' : 'warn', text, nextStep };
    },
  };
}

/** Milliseconds since the epoch as the server tells; null when it tells none. */
function readDate({ host, port }: OrchestratorAddress, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const asked = request(
      // Orchestrators sign their own certificates; the time of the one this machine works for is good enough to compare with.
      {
        host,
        port,
        method: 'HEAD',
        path: '/',
        rejectUnauthorized: false,
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(HTTP_MS)]),
      },
      (response) => {
        response.resume();
        const ms = Date.parse(response.headers.date ?? '');
        resolve(Number.isNaN(ms) ? null : ms);
        asked.destroy();
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

function describe(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} seconds`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 2 * 86_400 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`;
}

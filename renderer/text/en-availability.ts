import { count } from './count.ts';
import type { Formats } from './formats.ts';

/** English texts about when Siphon works, and about switching its devices off and on. */
export const availabilityEn = {
  pauseMinutes: 'For 10 minutes',
  pauseHour: 'For 1 hour',
  pauseRestart: 'Until Siphon is started again',
  pauseResume: 'Until I resume',
  anyway: 'Work anyway',
  anywayNote: 'It goes on by itself when this is over.',
  also: 'Also:',
  device: {
    use: (name: string) => `Use ${name}`,
    on: 'In use',
    allowed: 'May work',
    off: 'Off',
    sessions: 'Streams at once',
    sessionsOf: (name: string) => `Streams at once on ${name}`,
    auto: 'as measured',
    wrong: 'A whole number from 1 to 1000, or empty for as measured.',
    streams: (state: string, value: number, formats: Formats) => `${state}: ${count(formats, value, 'stream', 'streams')}`,
    state: {
      working: 'At work',
      starting: 'Starting its worker…',
      draining: 'Finishing its segments',
      off: 'Off: no process of Siphon uses it.',
      resting: 'Resting: no process of Siphon uses it.',
      lost: 'Lost',
      failed: 'It cannot work',
      spare: 'Not needed while a GPU is there.',
    },
  },
};

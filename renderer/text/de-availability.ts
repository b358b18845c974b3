import { count } from './count.ts';
import type { availabilityEn } from './en-availability.ts';

/** German texts about when Siphon works, and about switching its devices off and on. */
export const availabilityDe: typeof availabilityEn = {
  pauseMinutes: 'Für 10 Minuten',
  pauseHour: 'Für 1 Stunde',
  pauseRestart: 'Bis Siphon neu gestartet wird',
  pauseResume: 'Bis ich fortsetze',
  anyway: 'Trotzdem arbeiten',
  anywayNote: 'Danach geht es von selbst weiter.',
  also: 'Außerdem:',
  device: {
    use: (name) => `${name} benutzen`,
    on: 'In Gebrauch',
    allowed: 'Darf arbeiten',
    off: 'Aus',
    sessions: 'Streams zugleich',
    sessionsOf: (name) => `Streams zugleich auf ${name}`,
    auto: 'wie gemessen',
    wrong: 'Eine ganze Zahl von 1 bis 1000, oder leer für: wie gemessen.',
    streams: (state, value, formats) => `${state}: ${count(formats, value, 'Stream', 'Streams')}`,
    state: {
      working: 'Arbeitet',
      starting: 'Der Worker startet …',
      draining: 'Beendet seine Segmente',
      off: 'Aus: kein Prozess von Siphon läuft darauf.',
      resting: 'Ruht: kein Prozess von Siphon läuft darauf.',
      lost: 'Verloren',
      failed: 'Kann nicht arbeiten',
      spare: 'Nicht nötig, solange eine GPU da ist.',
    },
  },
};

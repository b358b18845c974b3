import { count } from './count.ts';
import type { Formats } from './formats.ts';

/** What the app's window says about the engine's process, in English. */
export const desktopEn = {
  startingAgain: (attempt: string) => `Starting the engine again, attempt ${attempt}.`,
  waiting: 'The engine ended and is started again by itself.',
  startsIn: (seconds: string) => `Starts in ${seconds}.`,
  startNow: 'Start now',

  stopped: 'The engine is stopped',
  stoppedText: 'It was told to end by a command on this machine. Nothing is earned until it runs again.',
  start: 'Start the engine',

  safeMode: 'The engine does not stay up',
  safeModeText: 'Siphon has stopped trying, so that nothing is harmed. Your history and settings are safe.',
  startAgain: 'Start it again',
  lastLines: 'The last lines of its log',
  noLines: 'It left no lines.',
  copyLines: 'Copy the lines',
  copied: 'Copied',

  draining: 'Siphon is ending',
  drainingSegments: (segments: number, formats: Formats) =>
    segments === 0 ? 'Nothing is left to finish.' : `Finishing ${count(formats, segments, 'segment', 'segments')}.`,
  drainingUnknown: 'Finishing what runs.',
  drainingLimit: (seconds: string) => `Ends in ${seconds} at the latest.`,
  keepRunning: 'Keep running',
  keepRunningText: 'A new engine starts as soon as this one has finished.',
  endNow: 'End now…',

  settingsSetAside: (file: string) =>
    `The app’s settings file could not be read, so the defaults are in use. The old file is kept: ${file}`,
  dismiss: 'Dismiss',
};

const number = (value: number) => value.toLocaleString('en');
const count = (value: number, one: string, other: string) => `${number(value)} ${value === 1 ? one : other}`;

/** The tray's texts in English. Another language is another object of the same shape. Times are milliseconds. */
export const trayEn = {
  name: 'Siphon',
  status: {
    starting: 'Starting…',
    engineWaiting: 'The engine ended; it starts again by itself',
    safeMode: 'The engine does not run. Open Siphon to see why',
    ending: (segments: number) =>
      segments === 0 ? 'Ending…' : `Ending: finishing ${count(segments, 'segment', 'segments')} first`,
    finishing: (segments: number) => (segments === 0 ? 'Pausing…' : `Finishing ${count(segments, 'segment', 'segments')}…`),
    pausedUntil: (time: string) => `Paused until ${time}`,
    pausedUntilResume: 'Paused until you resume',
    pausedUntilRestart: 'Paused until Siphon starts again',
    paused: 'Paused',
    stopped: 'Stopped',
    transcoding: (streams: number) => `Transcoding ${count(streams, 'stream', 'streams')}`,
    practising: (streams: number) => `Practice: transcoding ${count(streams, 'stream', 'streams')}`,
    practiceWaiting: 'Practice: waiting for a stream',
    orchestrating: (streams: number) => `Orchestrating ${count(streams, 'stream', 'streams')}`,
    waiting: 'Waiting for work',
    connecting: 'Connecting to the orchestrator…',
    disconnected: 'Not connected to the orchestrator',
    notSetUp: 'No orchestrator is set',
    problem: (title: string) => `Needs you: ${title}`,
  },
  reasons: {
    settings: 'Paused while settings change',
    schedule: 'Paused by your schedule',
    heat: 'Paused: a GPU is too hot',
    'gpu-needed': 'Paused: another program needs the GPU',
    'not-idle': 'Paused while you use this computer',
    battery: 'Paused on battery',
    suspend: 'Paused: the computer goes to sleep',
    update: 'Paused for an update',
    'gpu-off': 'Paused: every GPU is switched off',
  },
  today: (segments: number, mediaMs: number) =>
    `Today: ${count(segments, 'segment', 'segments')}, ${number(Math.floor(mediaMs / 60_000))} min of video`,
  todayNothing: 'Today: no work yet',
  temperature: (name: string, celsius: number) => `${name}: ${number(celsius)} °C`,
  pauseHour: 'Pause for 1 Hour',
  pauseUntilRestart: 'Pause until Restart',
  resume: 'Resume',
  workAnyway: 'Work Anyway',
  open: 'Open Siphon',
  logs: 'Logs',
  quit: 'Quit Siphon',
  quitNow: 'Quit Now…',
  clock: (atMs: number) => new Date(atMs).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit' }),
  autostart: {
    comment: 'Starts Siphon in the tray',
    title: 'Start at log-in',
    failed: (reason: string) => `The system refused the change: ${reason}`,
  },
  failed: {
    title: 'That did not work',
    pause: 'Siphon could not be paused. Open it to see how the engine is.',
    resume: 'Siphon could not resume. Open it to see how the engine is.',
  },
};

/** The shape every language has. */
export type TrayText = typeof trayEn;

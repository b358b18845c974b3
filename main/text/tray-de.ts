import type { TrayText } from './tray-en.ts';

const number = (value: number) => value.toLocaleString('de');
const count = (value: number, one: string, other: string) => `${number(value)} ${value === 1 ? one : other}`;

/** The tray's texts in German. */
export const trayDe: TrayText = {
  name: 'Siphon',
  status: {
    starting: 'Startet …',
    engineWaiting: 'Die Engine hat geendet; sie startet von selbst wieder',
    safeMode: 'Die Engine läuft nicht. Siphon öffnen, um zu sehen, warum',
    ending: (segments) => (segments === 0 ? 'Beendet sich …' : `Beendet sich nach ${count(segments, 'Segment', 'Segmenten')}`),
    finishing: (segments) => (segments === 0 ? 'Pausiert gleich …' : `Stellt ${count(segments, 'Segment', 'Segmente')} fertig …`),
    pausedUntil: (time) => `Pausiert bis ${time}`,
    pausedUntilResume: 'Pausiert, bis Sie fortsetzen',
    pausedUntilRestart: 'Pausiert, bis Siphon neu startet',
    paused: 'Pausiert',
    stopped: 'Angehalten',
    transcoding: (streams) => `Transcodiert ${count(streams, 'Stream', 'Streams')}`,
    practising: (streams) => `Übung: transcodiert ${count(streams, 'Stream', 'Streams')}`,
    practiceWaiting: 'Übung: wartet auf einen Stream',
    orchestrating: (streams) => `Orchestriert ${count(streams, 'Stream', 'Streams')}`,
    waiting: 'Wartet auf Arbeit',
    connecting: 'Verbindet sich mit dem Orchestrator …',
    disconnected: 'Nicht mit dem Orchestrator verbunden',
    notSetUp: 'Kein Orchestrator eingestellt',
    problem: (title) => `Braucht Sie: ${title}`,
  },
  reasons: {
    settings: 'Pausiert, während Einstellungen sich ändern',
    schedule: 'Pausiert nach Ihrem Zeitplan',
    heat: 'Pausiert: eine Grafikkarte ist zu heiß',
    'gpu-needed': 'Pausiert: ein anderes Programm braucht die Grafikkarte',
    'not-idle': 'Pausiert, solange Sie am Rechner sind',
    battery: 'Pausiert im Akkubetrieb',
    suspend: 'Pausiert: der Rechner geht schlafen',
    update: 'Pausiert für eine Aktualisierung',
    'gpu-off': 'Pausiert: alle Grafikkarten sind ausgeschaltet',
  },
  today: (segments, mediaMs) =>
    `Heute: ${count(segments, 'Segment', 'Segmente')}, ${number(Math.floor(mediaMs / 60_000))} min Video`,
  todayNothing: 'Heute: noch keine Arbeit',
  temperature: (name, celsius) => `${name}: ${number(celsius)} °C`,
  pauseHour: '1 Stunde pausieren',
  pauseUntilRestart: 'Bis zum Neustart pausieren',
  resume: 'Fortsetzen',
  workAnyway: 'Trotzdem arbeiten',
  open: 'Siphon öffnen',
  logs: 'Protokoll',
  quit: 'Siphon beenden',
  quitNow: 'Sofort beenden …',
  clock: (atMs) => new Date(atMs).toLocaleTimeString('de', { hour: '2-digit', minute: '2-digit' }),
  autostart: {
    comment: 'Startet Siphon in der Taskleiste',
    title: 'Start bei der Anmeldung',
    failed: (reason) => `Das System hat die Änderung abgelehnt: ${reason}`,
  },
  failed: {
    title: 'Das hat nicht geklappt',
    pause: 'Siphon ließ sich nicht pausieren. Öffnen Sie es, um zu sehen, wie es der Engine geht.',
    resume: 'Siphon konnte nicht fortsetzen. Öffnen Sie es, um zu sehen, wie es der Engine geht.',
  },
};

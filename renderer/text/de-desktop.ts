import { count } from './count.ts';
import type { desktopEn } from './en-desktop.ts';

/** What the app's window says about the engine's process, in German. */
export const desktopDe: typeof desktopEn = {
  startingAgain: (attempt) => `Die Engine wird erneut gestartet, Versuch ${attempt}.`,
  waiting: 'Die Engine hat geendet und wird von selbst neu gestartet.',
  startsIn: (seconds) => `Start in ${seconds}.`,
  startNow: 'Jetzt starten',

  stopped: 'Die Engine ist angehalten',
  stoppedText: 'Ein Befehl auf diesem Rechner hat sie beendet. Bis sie wieder läuft, wird nichts verdient.',
  start: 'Engine starten',

  safeMode: 'Die Engine bleibt nicht am Laufen',
  safeModeText: 'Siphon versucht es nicht weiter, damit nichts Schaden nimmt. Verlauf und Einstellungen sind sicher.',
  startAgain: 'Erneut starten',
  lastLines: 'Die letzten Zeilen ihres Protokolls',
  noLines: 'Sie hat keine Zeilen hinterlassen.',
  copyLines: 'Zeilen kopieren',
  copied: 'Kopiert',

  draining: 'Siphon wird beendet',
  drainingSegments: (segments, formats) =>
    segments === 0 ? 'Es ist nichts mehr fertigzustellen.' : `${count(formats, segments, 'Segment', 'Segmente')} noch in Arbeit.`,
  drainingUnknown: 'Was läuft, wird fertiggestellt.',
  drainingLimit: (seconds) => `Endet spätestens in ${seconds}.`,
  keepRunning: 'Weiterlaufen lassen',
  keepRunningText: 'Sobald diese Engine fertig ist, startet eine neue.',
  endNow: 'Jetzt beenden …',

  settingsSetAside: (file) =>
    `Die Einstellungsdatei der App war nicht lesbar, daher gelten die Vorgaben. Die alte Datei bleibt erhalten: ${file}`,
  dismiss: 'Ausblenden',
};

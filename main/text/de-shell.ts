import type { ShellText } from './en-shell.ts';

/** What the shell itself says in dialogs and as answers to the page, in German. */
export const shellTextDe: ShellText = {
  endNow: {
    title: 'Siphon jetzt beenden?',
    message: (segments) =>
      segments === 1 ? 'Ein Segment wird noch fertiggestellt.' : `${segments} Segmente werden noch fertiggestellt.`,
    messageUnknown: 'Siphon stellt noch seine Arbeit fertig.',
    detail: 'Endet Siphon jetzt, zählt der Orchestrator sie als fehlgeschlagen.',
    confirm: 'Jetzt beenden',
    wait: 'Warten',
  },
  closeEnds: {
    title: 'Siphon beenden?',
    message: 'Mit diesem Fenster endet Siphon.',
    detail: 'Dieser Desktop zeigt kein Symbol, in dem es bleiben könnte. Laufende Segmente werden noch fertiggestellt.',
    confirm: 'Siphon beenden',
    cancel: 'Abbrechen',
  },
  notAvailable: 'Das gibt es in diesem Siphon nicht.',
  settingsNotWritten: (code) =>
    `Die Einstellungen ließen sich nicht schreiben (${code}). Prüfen Sie, ob der Datenträger Platz hat und beschreibbar ist.`,
  fileNotWritten: (code) => `Die Datei ließ sich nicht schreiben (${code}). Wählen Sie einen anderen Ort.`,
  noEngine: 'Die Engine läuft nicht. Starten Sie sie zuerst.',
};

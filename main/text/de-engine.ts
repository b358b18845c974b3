import type { EngineText } from './en-engine.ts';

/** What the shell says about the engine's process, in German. */
export const engineTextDe: EngineText = {
  crashed: (code) => `Die Engine hat unerwartet geendet (${code}).`,
  exitCode: (code) => `Exit-Code ${code}`,
  signal: (name) => `Signal ${name}`,
  notStarted: 'sie ließ sich nicht starten',
  hung: (seconds) => `Die Engine hat ${seconds} Sekunden nicht geantwortet und wurde deshalb beendet.`,
  neverReady: (seconds) => `Die Engine war nach ${seconds} Sekunden nicht bereit und wurde deshalb beendet.`,
  gaveUp: (reason, times) => `${reason} Das geschah ${times}-mal in Folge.`,
  gaveUpNextStep:
    'Lesen Sie die letzten Zeilen unten und starten Sie sie dann erneut. Endet sie wieder, starten Sie den Rechner neu und melden Sie die Zeilen dem Projekt.',
  wrongVersion: (engine, app) => `Die Engine hat Version ${engine}, diese App aber Version ${app}.`,
  wrongVersionNextStep: 'Installieren Sie Siphon neu: vermutlich wurde eine Aktualisierung unterbrochen.',
  startAgain: 'Beheben Sie das und starten Sie die Engine dann erneut.',
};

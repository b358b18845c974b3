import { count } from './count.ts';
import type { repairEn } from './en-repair.ts';

/** German texts of the repair page. */
export const repairDe: typeof repairEn = {
  title: 'Reparatur',
  standing: 'Was im Weg steht',
  nothing: 'Nichts steht im Weg.',

  fixes: {
    'look-again': 'Erneut nach GPUs suchen',
    'check-again': 'Erneut prüfen',
    'shorten-history': 'Platz schaffen: ältere Hälfte des Verlaufs vergessen',
    'keep-port': 'Diesen Port künftig verwenden',
    'other-port': 'Einen anderen Port nehmen',
    'settings-in-use': 'Zurück zu den Einstellungen in Gebrauch',
  },
  working: 'Wird erledigt…',
  joinAgain: 'Neu beitreten',
  openSettings: 'Einstellungen öffnen',
  driverPage: 'Treiberseite von NVIDIA',
  clockPage: 'So wird die Uhr gestellt',

  checks: 'Alles prüfen',
  checksText: 'Treiber, Encoder, Datenträger, Ports, Uhr und der Weg zum Orchestrator. Es wird nichts geändert.',
  run: 'Jetzt prüfen',
  runAgain: 'Erneut prüfen',
  running: 'Wird geprüft…',
  cancel: 'Abbrechen',
  status: { ok: 'in Ordnung', warn: 'könnte besser sein', fail: 'muss behoben werden', skipped: 'trifft hier nicht zu' },
  verdict: {
    ok: 'Alles ist in Ordnung.',
    warn: 'Es läuft; manches könnte besser sein.',
    fail: 'Etwas muss zuerst behoben werden.',
    skipped: 'Es wurde nichts geprüft.',
  },
  titles: {
    node: 'Node',
    ffmpeg: 'FFmpeg',
    settings: 'Einstellungen',
    gpu: 'Grafikkarte und Treiber',
    'nvenc-sessions': 'NVENC-Sessions',
    memory: 'Arbeitsspeicher',
    'data-folder': 'Datenordner',
    'disk-space': 'Speicherplatz',
    clock: 'Uhr',
    orchestrator: 'Weg zum Orchestrator',
  },

  bundle: 'Für jemanden, der Ihnen hilft',
  bundleText:
    'Ein Archiv mit Protokoll, Prüfungen, Einstellungen und Zustand. Geheimnisse, Schlüssel, Links mit ihnen, Netzadressen und Ihr Name sind entfernt. Siphon sendet es nirgendwohin: Sehen Sie es an, bewahren Sie es auf, und geben Sie es, wem Sie vertrauen.',
  gather: 'Zusammenstellen',
  gathering: 'Wird zusammengestellt…',
  redacted: (value, formats) => `${count(formats, value, 'Stelle wurde', 'Stellen wurden')} entfernt.`,
  files: 'Dateien darin',
  preview: (name) => `Inhalt von ${name}`,
  include: (name) => `${name} ins Archiv aufnehmen`,
  keep: 'Archiv aufbewahren…',
  kept: 'Das Archiv ist aufbewahrt.',
  noFiles: 'Wählen Sie mindestens eine Datei.',
  local: 'Absturzberichte bleiben auf diesem Rechner, und Siphon sendet keine Telemetrie.',
};

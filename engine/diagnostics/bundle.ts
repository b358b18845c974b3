import type { LogLine } from '../api/commands.ts';
import type { DiagnosticsBundle, DiagnosticsFile, DoctorReport } from '../api/diagnostics.ts';
import type { EngineSnapshot } from '../api/snapshot.ts';
import { formatReport } from '../doctor/report.ts';
import type { Redactor } from './redact.ts';

/** Bytes of the log that a bundle holds at most: its end. */
const MAX_LOG_BYTES = 2_000_000;

/** What a bundle is made from. */
export interface BundleParameters {
  readonly nowMs: number;
  readonly redactor: Redactor;
  readonly doctor: DoctorReport;
  readonly snapshot: EngineSnapshot;
  /** The settings as they are in effect. */
  readonly config: unknown;
  /** Names of the SIPHON_ variables that are set; their values stay here. */
  readonly variables: readonly string[];
  readonly logs: readonly LogLine[];
  readonly system: Readonly<Record<string, unknown>>;
}

/** Gathers the files of a diagnostics bundle, each without secrets. */
export function makeBundle(parameters: BundleParameters): DiagnosticsBundle {
  const { nowMs, redactor, doctor, snapshot, config, variables, logs, system } = parameters;
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const json = (value: unknown): string => `${JSON.stringify(redactor.value(value), bigints, 2)}\n`;
  const { engine, choices, run, link, capacity, hardware, problems, today, sinceStart, segments, orchestrator } = snapshot;
  const files: DiagnosticsFile[] = [
    { name: 'doctor.txt', text: redactor.text(formatReport(doctor.checks)) },
    {
      name: 'state.json',
      text: json({ madeAt: new Date(nowMs).toISOString(), engine, choices, run, link, capacity, today, sinceStart }),
    },
    { name: 'problems.json', text: json(problems) },
    { name: 'hardware.json', text: json(hardware) },
    { name: 'settings.json', text: json({ config, variables }) },
    { name: 'orchestrator.json', text: json(orchestrator) },
    { name: 'failed-segments.json', text: json(segments.filter(({ state }) => state === 'failed')) },
    { name: 'system.json', text: json(system) },
    { name: 'log.txt', text: logText(logs, redactor) },
  ];
  return { name: `siphon-diagnostics-${stamp}`, files, redacted: redactor.count };
}

/** The end of the log, one line each, redacted by name and by form. */
function logText(logs: readonly LogLine[], redactor: Redactor): string {
  const lines: string[] = [];
  let bytes = 0;
  for (const { atMs, level, text, fields } of logs.toReversed()) {
    const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(redactor.value(fields), bigints)}` : '';
    const line = `${new Date(atMs).toISOString()} ${level.padEnd(5)} ${redactor.text(text)}${rest}`;
    bytes += line.length + 1;
    if (bytes > MAX_LOG_BYTES) break;
    lines.push(line);
  }
  return `${lines.reverse().join('\n')}\n`;
}

function bigints(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

import type { EngineSnapshot, RunState } from '../../engine/api/snapshot.ts';
import type { TrayText } from '../text/tray-en.ts';
import type { TrayFacts } from './tray-state.ts';
import { trayStatus } from './tray-status.ts';

/** What a line of the menu does. */
export type TrayAction = 'pause-hour' | 'pause-restart' | 'resume' | 'work-anyway' | 'open' | 'logs' | 'quit';

/** One line of the tray's menu. */
export type TrayLine =
  | { readonly kind: 'text'; readonly id: string; readonly label: string }
  | { readonly kind: 'action'; readonly id: TrayAction; readonly label: string; readonly enabled: boolean }
  | { readonly kind: 'separator' };

const SEPARATOR: TrayLine = { kind: 'separator' };

/** Pauses that the person can work through. */
const OVERRIDABLE: ReadonlySet<RunState['reason']> = new Set(['schedule', 'heat', 'gpu-needed', 'battery', 'not-idle'] as const);

/** The whole menu. Earnings are not in it: the engine has no payments yet. */
export function trayMenu(facts: TrayFacts, text: TrayText): readonly TrayLine[] {
  const { snapshot } = facts;
  return [
    { kind: 'text', id: 'status', label: trayStatus(facts, text) },
    ...(snapshot ? [todayLine(snapshot, text), ...temperatureLines(snapshot, text)] : []),
    SEPARATOR,
    ...runLines(facts, text),
    SEPARATOR,
    action('open', text.open),
    action('logs', text.logs),
    SEPARATOR,
    // Asked again while segments are finished, the person may end it at once.
    action('quit', facts.ending ? text.quitNow : text.quit),
  ];
}

/** The tooltip: name, state, today's work. Windows shows at most 127 characters (NOTIFYICONDATAW.szTip). */
export function trayTooltip(facts: TrayFacts, text: TrayText): string {
  const lines = [`${text.name}: ${trayStatus(facts, text)}`];
  if (facts.snapshot && facts.snapshot.today.segments > 0) lines.push(todayLine(facts.snapshot, text).label);
  const whole = lines.join('\n');
  return whole.length > 127 ? `${whole.slice(0, 126)}…` : whole;
}

function action(id: TrayAction, label: string, enabled = true): TrayLine {
  return { kind: 'action', id, label, enabled };
}

function todayLine({ today }: EngineSnapshot, text: TrayText): Extract<TrayLine, { kind: 'text' }> {
  const label = today.segments === 0 ? text.todayNothing : text.today(today.segments, today.mediaMs);
  return { kind: 'text', id: 'today', label };
}

function temperatureLines({ hardware }: EngineSnapshot, text: TrayText): readonly TrayLine[] {
  const gpus = hardware?.gpus ?? [];
  return gpus.flatMap((gpu) => {
    const celsius = gpu.sample?.temperatureC ?? null;
    if (celsius === null) return [];
    const short = gpu.name.replace(/^NVIDIA (GeForce )?/, '');
    // Two cards of one kind are told apart by the number that nvidia-smi gives them.
    const twin = gpus.some((other) => other !== gpu && other.name === gpu.name);
    const label = text.temperature(twin ? `${short} #${gpu.index}` : short, Math.round(celsius));
    return [{ kind: 'text', id: `temperature:${gpu.uuid}`, label } as const];
  });
}

function runLines({ snapshot, engine, ending }: TrayFacts, text: TrayText): readonly TrayLine[] {
  const run = snapshot?.run;
  const inCharge = run !== undefined && engine.kind === 'running' && !ending;
  const leaving = run?.reason === 'shutdown' || run?.reason === 'error';
  const resting = inCharge && !leaving && (run.state === 'paused' || run.state === 'draining');
  if (!resting) {
    const enabled = inCharge && run.state === 'running';
    return [action('pause-hour', text.pauseHour, enabled), action('pause-restart', text.pauseUntilRestart, enabled)];
  }
  const own = run.reason === 'user' || snapshot?.availability.ownPause !== null;
  const lines = own ? [action('resume', text.resume)] : [];
  if (OVERRIDABLE.has(run.reason)) lines.push(action('work-anyway', text.workAnyway));
  return lines.length > 0 ? lines : [action('resume', text.resume, false)];
}

import { EngineError } from '../base/errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a duration such as `90s`, `10m`, `1h30m`, `2d`; a plain number means minutes. Returns milliseconds.
 * @throws EngineError bad-request
 */
export function parseDuration(text: string): number {
  const compact = text.trim().toLowerCase().replace(/\s+/g, '');
  const bare = /^\d+(\.\d+)?$/.test(compact) ? `${compact}m` : compact;
  const parts = [...bare.matchAll(/(\d+(?:\.\d+)?)(min|[smhd])/g)];
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN), 0);
  const complete = parts.map(([part]) => part).join('') === bare;
  if (parts.length > 0 && complete && ms > 0) return Math.round(ms);
  throw new EngineError({
    code: 'bad-request',
    message: `"${text}" is not a duration`,
    nextStep: 'Write it like 90s, 10m, 1h30m or 2d; a plain number means minutes.',
  });
}

import type { Gpu, Hardware, NvencBudget, Probe } from '../api/hardware.ts';

const GIB = 1024 ** 3;
const UNKNOWN = '–';

/** What `siphon gpus` prints: the verdict, the NVENC meter, and per card its sensors and what it can do. Pure; unknown is "–". */
export function formatHardware({ verdict, gpus, cpu, nvenc }: Hardware): string {
  const lines = [verdict.title, verdict.text];
  if (verdict.nextStep !== undefined && verdict.nextStep !== '') lines.push(`→ ${verdict.nextStep}`);
  if (nvenc !== null) lines.push('', formatBudget(nvenc));
  for (const gpu of gpus) lines.push('', ...formatGpu(gpu));
  lines.push('', `CPU: ${cpu.model}, ${cpu.cores} cores, ${(cpu.memoryBytes / GIB).toFixed(1)} GiB of memory`, '');
  return lines.join('\n');
}

/** The NVENC meter in one line, e.g. `NVENC sessions: [###·····] 3 of 8 in use (1 by other programs)`. */
export function formatBudget({ total, used, ours, testedUpTo }: NvencBudget): string {
  const others = used - ours;
  const whose = others > 0 ? ` (${others} by other programs)` : '';
  if (total === null) return `NVENC sessions: ${used} in use${whose}, no limit met up to ${testedUpTo}`;
  const bar = total > 0 && total <= 32 ? `[${'#'.repeat(Math.min(used, total))}${'·'.repeat(Math.max(0, total - used))}] ` : '';
  return `NVENC sessions: ${bar}${used} of ${total} in use${whose}`;
}

function formatGpu(gpu: Gpu): string[] {
  const { sample, abilities } = gpu;
  const state = gpu.state === 'ok' ? '' : `  (${gpu.state}${gpu.stateReason === undefined ? '' : `: ${gpu.stateReason}`})`;
  const sensors = [
    `memory ${gib(sample?.memoryUsedBytes)} of ${gib(gpu.memoryTotalBytes)} GiB`,
    `${number(sample?.temperatureC)} °C`,
    `${number(sample?.powerW)} of ${number(sample?.powerLimitW)} W`,
    `load ${number(sample?.utilisationPercent)} %`,
    `encoder ${number(sample?.encoderPercent)} %`,
    `decoder ${number(sample?.decoderPercent)} %`,
  ];
  const lines = [
    `GPU ${gpu.index}: ${gpu.name}${state}`,
    `  ${gpu.uuid}, PCI ${gpu.pciBusId}, driver ${gpu.driverVersion || UNKNOWN}`,
    `  ${sensors.join(', ')}`,
  ];
  if (abilities === null) return [...lines, '  not tried'];
  const { encode, decode, scale } = abilities;
  const tried: ReadonlyArray<readonly [string, Probe]> = [
    ['encode H.264', encode.h264],
    ['encode HEVC', encode.hevc],
    ['encode AV1', encode.av1],
    ['decode H.264', decode.h264],
    ['decode HEVC', decode.hevc],
    ['scale', scale],
  ];
  lines.push(`  ${tried.map(([name, { ok }]) => `${ok ? '✓' : '✗'} ${name}`).join('  ')}`);
  // One reason often stands behind several failures: it is told once.
  const reasons = new Map<string, string[]>();
  for (const [name, { ok, reason = 'no reason was given.' }] of tried)
    if (!ok) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  for (const [reason, names] of reasons) lines.push(`  ${names.join(', ')}: ${reason}`);
  return lines;
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : String(Math.round(value));
}

function gib(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? UNKNOWN : (bytes / GIB).toFixed(1);
}

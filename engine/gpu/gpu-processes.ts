/** What one process did on one card in the last second, as `nvidia-smi pmon` tells. */
export interface GpuProcess {
  /** Index of the card as `nvidia-smi` counts. */
  readonly gpuIndex: number;
  readonly pid: number;
  /** It draws (a desktop, a game) as opposed to only computing. */
  readonly graphics: boolean;
  /** Percent of the card's cores; null = idle or not told (Windows in its usual WDDM mode tells it seldom or never). */
  readonly corePercent: number | null;
  readonly encoderPercent: number | null;
  readonly decoderPercent: number | null;
  /** Name as the driver tells, at most 15 characters. */
  readonly name: string;
}

/**
 * Reads `nvidia-smi pmon -c 1 -s u`. Columns are found by the name in the first `#` line, since drivers add some (`jpg`, `ofa`,
 * `fb`, `ccpm`); the name comes last and may hold spaces. A card without processes is a row of dashes.
 */
export function parseProcesses(text: string): GpuProcess[] {
  let columns: readonly string[] | undefined;
  const processes: GpuProcess[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) {
      const names = line.slice(1).trim().split(/\s+/);
      if (names.includes('pid') && names.includes('type')) columns = names;
      continue;
    }
    if (columns === undefined || line.trim() === '') continue;
    const process = parseRow(columns, line.trim());
    if (process !== undefined) processes.push(process);
  }
  return processes;
}

function parseRow(columns: readonly string[], line: string): GpuProcess | undefined {
  const cells = line.split(/\s+/);
  const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
  const gpuIndex = Number.parseInt(cell('gpu'), 10);
  const pid = Number.parseInt(cell('pid'), 10);
  if (!Number.isInteger(gpuIndex) || !(pid > 0)) return undefined;
  const nameAt = columns.indexOf('command');
  return {
    gpuIndex,
    pid,
    graphics: cell('type').includes('G'),
    corePercent: percent(cell('sm')),
    encoderPercent: percent(cell('enc')),
    decoderPercent: percent(cell('dec')),
    name: nameAt < 0 ? '' : cells.slice(nameAt).join(' '),
  };
}

function percent(cell: string): number | null {
  return /^\d+$/.test(cell) ? Number(cell) : null;
}

/** What one row of `nvidia-smi --query-gpu` tells about a GPU. Null = the driver does not tell, never zero. */
export interface SmiGpu {
  readonly index: number;
  /** `GPU-…`. */
  readonly uuid: string;
  readonly name: string;
  /** As in {@link normalisePciBusId}. */
  readonly pciBusId: string;
  readonly driverVersion: string;
  readonly memoryTotalBytes: number | null;
  readonly memoryUsedBytes: number | null;
  readonly temperatureC: number | null;
  readonly powerW: number | null;
  readonly powerLimitW: number | null;
  readonly utilisationPercent: number | null;
  readonly encoderPercent: number | null;
  readonly decoderPercent: number | null;
  /** NVENC sessions of all programs on this GPU. */
  readonly nvencSessions: number | null;
  /** True when the card is cut into MIG slices; null where MIG is unknown to the card or the driver. */
  readonly migEnabled: boolean | null;
  /** The driver's own words when the row says that the card is lost or waits for a reset. */
  readonly lostReason: string | null;
}

/** A GPU that `nvidia-smi` could not open, as named in its error line. */
export interface SmiLostGpu {
  readonly index: number | null;
  readonly pciBusId: string | null;
  /** The line itself. */
  readonly text: string;
}

/** One answer of `nvidia-smi --query-gpu`. */
export interface SmiTable {
  readonly gpus: readonly SmiGpu[];
  readonly lost: readonly SmiLostGpu[];
}

/** Without these a row is no GPU. Every driver since 2013 knows them. */
export const CORE_FIELDS = ['index', 'uuid', 'name', 'pci.bus_id', 'driver_version', 'memory.total', 'memory.used'] as const;

/** Asked for when the driver knows them (e.g. the encoder's load only since the 530s); dropped one by one when it does not. */
export const OPTIONAL_FIELDS = [
  'temperature.gpu',
  'power.draw',
  'power.limit',
  'utilization.gpu',
  'utilization.encoder',
  'utilization.decoder',
  'encoder.stats.sessionCount',
  'mig.mode.current',
] as const;

const MIB = 1024 * 1024;
const LOST_PATTERN = /GPU is lost|requires reset|fallen off the bus/i;
const HANDLE_PATTERN = /Unable to determine the device handle for/i;
/** Newer drivers: `GPU1: 0000:34:00.0`; older: `GPU 0000:02:00.0` and `GPU0000:CB:00.0`, where no index is told. */
const PCI_PATTERN = /(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{4}):[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.\d/;

/**
 * Reads `--query-gpu=… --format=csv,nounits` *with* its header line: columns are found by name, so that order and extra
 * columns don't matter. A name with commas takes the surplus cells. Lines that are no row are kept as lost GPUs when
 * they say so, else ignored.
 */
export function parseSmiTable(text: string): SmiTable {
  const gpus: SmiGpu[] = [];
  const lost: SmiLostGpu[] = [];
  let columns: string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    if (HANDLE_PATTERN.test(line) || (LOST_PATTERN.test(line) && !/\bGPU-[0-9a-f]/i.test(line))) {
      lost.push(parseLostLine(line));
      continue;
    }
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.includes('uuid') && cells.includes('index')) {
      columns = cells.map((cell) => cell.replace(/\s*\[[^\]]*\]$/, ''));
      continue;
    }
    if (columns === undefined) continue;
    const gpu = parseRow(columns, cells);
    if (gpu !== null) gpus.push(gpu);
  }
  return { gpus, lost };
}

/** `0000:0C:00.0`, `00000000:0c:00.0` → `00000000:0C:00.0`: eight digits of domain, capitals, as `pci.bus_id` prints it. */
export function normalisePciBusId(text: string): string {
  const [domain = '', ...rest] = text.trim().toUpperCase().split(':');
  return [domain.padStart(8, '0'), ...rest].join(':');
}

function parseRow(columns: readonly string[], cells: readonly string[]): SmiGpu | null {
  const surplus = cells.length - columns.length;
  const nameAt = columns.indexOf('name');
  const fitted =
    surplus > 0 && nameAt >= 0
      ? [...cells.slice(0, nameAt), cells.slice(nameAt, nameAt + surplus + 1).join(', '), ...cells.slice(nameAt + surplus + 1)]
      : cells;
  const cell = (field: string): string => fitted[columns.indexOf(field)] ?? '';
  const index = parseNumber(cell('index'));
  const uuid = cell('uuid');
  if (index === null || !/^(GPU|MIG)-/.test(uuid)) return null;
  const mig = cell('mig.mode.current').toLowerCase();
  return {
    index,
    uuid,
    name: isUnknown(cell('name')) ? 'NVIDIA GPU' : cell('name'),
    pciBusId: normalisePciBusId(cell('pci.bus_id')),
    driverVersion: isUnknown(cell('driver_version')) ? '' : cell('driver_version'),
    memoryTotalBytes: times(parseNumber(cell('memory.total')), MIB),
    memoryUsedBytes: times(parseNumber(cell('memory.used')), MIB),
    temperatureC: parseNumber(cell('temperature.gpu')),
    powerW: parseNumber(cell('power.draw')),
    powerLimitW: parseNumber(cell('power.limit')),
    utilisationPercent: parseNumber(cell('utilization.gpu')),
    encoderPercent: parseNumber(cell('utilization.encoder')),
    decoderPercent: parseNumber(cell('utilization.decoder')),
    nvencSessions: parseNumber(cell('encoder.stats.sessionCount')),
    migEnabled: mig === 'enabled' ? true : mig === 'disabled' ? false : null,
    lostReason: fitted.find((value) => LOST_PATTERN.test(value))?.replace(/^\[|\]$/g, '') ?? null,
  };
}

/** A number with or without its unit; null for `[N/A]`, `[Not Supported]`, `[Unknown Error]`, `ERR!`, an empty or a missing cell. */
function parseNumber(cell: string): number | null {
  const match = /^(-?\d+(?:\.\d+)?)(?:\s*(?:%|C|W|MiB|MHz))?$/.exec(cell);
  return match ? Number(match[1]) : null;
}

function isUnknown(cell: string): boolean {
  return cell === '' || /^(\[.*\]|N\/A|ERR!)$/.test(cell);
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

function parseLostLine(line: string): SmiLostGpu {
  const pci = PCI_PATTERN.exec(line)?.[0];
  const index = /GPU\s?(\d{1,2}):\s/.exec(line)?.[1];
  return {
    index: index === undefined ? null : Number(index),
    pciBusId: pci === undefined ? null : normalisePciBusId(pci),
    text: line.trim(),
  };
}

import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { deadline, untilAborted } from '../base/abort.ts';
import { childEnvironment } from './child-environment.ts';
import { type GpuProcess, parseProcesses } from './gpu-processes.ts';
import { currentPlatform, type Platform, recogniseFailure, SmiError } from './smi-errors.ts';
import { type MigSlice, parseMigSlices } from './smi-list.ts';
import { CORE_FIELDS, OPTIONAL_FIELDS, parseSmiTable, type SmiTable } from './smi-table.ts';

/** How to find and call `nvidia-smi`. */
export interface NvidiaSmiParameters {
  /** Defaults to the engine's own environment; `SIPHON_NVIDIA_SMI` in it names the program and ends the search. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: Platform;
  /** Milliseconds until a call counts as hung. The first call after boot may take seconds on Linux without persistence mode. */
  readonly timeoutMs?: number;
}

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/**
 * The driver's own tool, as the source of what GPUs there are and how they feel. Remembers which optional fields this
 * driver does not know, so that they are asked for once only.
 */
export class NvidiaSmi {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #platform: Platform;
  readonly #timeoutMs: number;
  #file: string | undefined;
  #optional: readonly string[] = OPTIONAL_FIELDS;

  constructor({ env = process.env, platform = currentPlatform(), timeoutMs = 15_000 }: NvidiaSmiParameters = {}) {
    this.#env = env;
    this.#platform = platform;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * All GPUs and their sensors. Rejects with {@link SmiError}, or with the signal's reason. Cards that cannot be opened
   * are told in `lost` when the driver still answers for the others.
   */
  async query(signal?: AbortSignal): Promise<SmiTable> {
    // Each refused field costs one more call, and at most once per driver: the list only shrinks.
    for (let left = OPTIONAL_FIELDS.length + 1; ; left -= 1) {
      const fields = [...CORE_FIELDS, ...this.#optional].join(',');
      const { output, exitCode } = await this.#run([`--query-gpu=${fields}`, '--format=csv,nounits'], signal);
      const refused = /Field "([^"]+)" is not a valid field to query/.exec(output)?.[1];
      if (refused !== undefined && left > 0 && this.#optional.includes(refused)) {
        this.#optional = this.#optional.filter((field) => field !== refused);
        continue;
      }
      const table = parseSmiTable(output);
      if (table.gpus.length > 0) return table;
      if (exitCode === 0 && output.trim() === '') throw new SmiError('no-devices', this.#platform, output);
      throw new SmiError(recogniseFailure(output, exitCode), this.#platform, output);
    }
  }

  /** The MIG slices of all cards; empty where no card is cut. Rejects like {@link query}. */
  async migSlices(signal?: AbortSignal): Promise<readonly MigSlice[]> {
    const { output, exitCode } = await this.#run(['-L'], signal);
    if (exitCode !== 0) throw new SmiError(recogniseFailure(output, exitCode), this.#platform, output);
    return parseMigSlices(output);
  }

  /** What every process did on the cards in the last second. Opens no CUDA context. Rejects like {@link query}. */
  async processes(signal?: AbortSignal): Promise<readonly GpuProcess[]> {
    const { output, exitCode } = await this.#run(['pmon', '-c', '1', '-s', 'u'], signal);
    if (exitCode !== 0) throw new SmiError(recogniseFailure(output, exitCode), this.#platform, output);
    return parseProcesses(output);
  }

  async #run(args: readonly string[], signal?: AbortSignal): Promise<{ output: string; exitCode: number | undefined }> {
    this.#file ??= await findNvidiaSmi(this.#env, this.#platform);
    if (this.#file === undefined) throw new SmiError('not-found', this.#platform);
    using limit = deadline(this.#timeoutMs, 'nvidia-smi', signal);
    const child = execa(this.#file, args, {
      reject: false,
      windowsHide: true,
      stdin: 'ignore',
      all: true,
      maxBuffer: MAX_OUTPUT_BYTES,
      // Messages are recognised by their English words; the tool itself is never translated but the libraries under it are.
      extendEnv: false,
      env: childEnvironment({ LC_ALL: 'C' }),
    });
    try {
      const result = await untilAborted(child, limit.signal);
      if (result.code === 'ENOENT' || result.code === 'EACCES') {
        this.#file = undefined;
        throw new SmiError(result.code === 'EACCES' ? 'permission' : 'not-found', this.#platform, result.shortMessage ?? '');
      }
      return { output: result.all ?? '', exitCode: result.exitCode };
    } catch (error) {
      // A process stuck in the driver may outlive even SIGKILL, so it is killed but not waited for.
      child.kill('SIGKILL');
      child.unref();
      if (signal?.aborted) throw signal.reason;
      if (limit.signal.aborted) throw new SmiError('hung', this.#platform);
      throw error;
    }
  }
}

/** Finds the program: `SIPHON_NVIDIA_SMI`, then PATH, then where drivers of the last ten years put it. Undefined when nowhere. */
export async function findNvidiaSmi(
  env: Readonly<Record<string, string | undefined>>,
  platform: Platform,
): Promise<string | undefined> {
  const given = env.SIPHON_NVIDIA_SMI;
  const candidates = given ? [given] : [...onPath(env, platform), ...usualPlaces(env, platform)];
  for (const candidate of candidates) {
    try {
      await access(candidate, platform === 'win32' ? constants.F_OK : constants.X_OK);
      return candidate;
    } catch {
      // not here: the next place
    }
  }
  return undefined;
}

function onPath(env: Readonly<Record<string, string | undefined>>, platform: Platform): string[] {
  const variable = platform === 'win32' ? (env.Path ?? env.PATH) : env.PATH;
  const name = platform === 'win32' ? 'nvidia-smi.exe' : 'nvidia-smi';
  const { delimiter, join } = platform === 'win32' ? path.win32 : path.posix;
  // Relative entries are skipped: a file in the current folder must never be run by accident.
  return (variable ?? '')
    .split(delimiter)
    .filter((folder) => (platform === 'win32' ? path.win32 : path.posix).isAbsolute(folder))
    .map((folder) => join(folder, name));
}

function usualPlaces(env: Readonly<Record<string, string | undefined>>, platform: Platform): string[] {
  if (platform === 'win32') {
    const root = env.SystemRoot ?? env.SYSTEMROOT ?? 'C:\\Windows';
    const programs = env.ProgramW6432 ?? env.ProgramFiles ?? 'C:\\Program Files';
    return [
      path.win32.join(root, 'System32', 'nvidia-smi.exe'),
      // where drivers before 2020 put it
      path.win32.join(programs, 'NVIDIA Corporation', 'NVSMI', 'nvidia-smi.exe'),
    ];
  }
  return [
    '/usr/bin/nvidia-smi',
    '/usr/local/bin/nvidia-smi',
    '/opt/bin/nvidia-smi',
    // WSL, NixOS
    '/usr/lib/wsl/lib/nvidia-smi',
    '/run/current-system/sw/bin/nvidia-smi',
  ];
}

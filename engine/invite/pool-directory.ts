import { readFile, rm } from 'node:fs/promises';
import {
  type PoolDirectory,
  PoolDirectorySchema,
  type PoolEntry,
  type PoolLatency,
  type PoolListing,
  type Pools,
} from '../api/invite.ts';
import { sleep } from '../base/abort.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import { writeFileAtomic } from '../config/atomic-file.ts';
import { OrchestratorAddressSchema } from '../wire/address.ts';
import { tryTcp } from './connection-steps.ts';
import { type InspectContext, readTarget, shownTarget } from './inspect.ts';

/** Connections that a latency is the median of. */
const LATENCY_TRIES = 3;

/** Between two of them, milliseconds. */
const LATENCY_PAUSE_MS = 100;

/**
 * Reads a directory of pools from a text (the format is PoolDirectorySchema).
 * @throws EngineError `bad-request` saying where it is wrong
 */
export function parseDirectory(text: string): PoolDirectory {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw notADirectory('it is not JSON');
  }
  const parsed = PoolDirectorySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (typeof (value as { version?: unknown } | null)?.version === 'number' && (value as { version: number }).version > 1) {
    throw new EngineError({
      code: 'bad-request',
      message: 'This pool directory was made for a newer version of Siphon.',
      nextStep: 'Update Siphon, then import it again.',
    });
  }
  const first = parsed.error.issues[0];
  throw notADirectory(first ? `${first.path.join('.') || 'the whole'}: ${first.message}` : 'it has another form');
}

/** The directories that this machine knows: the one that came with Siphon, and the one that was imported last. */
export class PoolDirectories {
  readonly #bundledFile: string;
  readonly #importedFile: string;

  constructor(files: { readonly bundled: string; readonly imported: string }) {
    this.#bundledFile = files.bundled;
    this.#importedFile = files.imported;
  }

  /** @throws EngineError `bad-request` for a file that somebody damaged */
  async list(context: InspectContext): Promise<Pools> {
    const [bundled, imported] = await Promise.all([read(this.#bundledFile), read(this.#importedFile)]);
    return {
      bundled: bundled ? listings(bundled, context) : [],
      imported: imported ? { name: imported.name, pools: listings(imported, context) } : null,
    };
  }

  /** Keeps a directory instead of the one imported before. @throws EngineError `bad-request`, `disk-full`, `data-dir-unwritable` */
  async import(text: string): Promise<void> {
    const directory = parseDirectory(text);
    await writeFileAtomic(this.#importedFile, `${JSON.stringify(directory, null, 2)}\n`, { mode: 0o600 });
  }

  /** Forgets the imported one. */
  async forget(): Promise<void> {
    await rm(this.#importedFile, { force: true });
  }
}

/** How far away an entry's orchestrator is: median of three TCP connections. Rejects only with the signal's reason. */
export async function measureLatency(join: string, nowMs: number, signal: AbortSignal): Promise<PoolLatency> {
  try {
    const target = readTarget(join, nowMs);
    const uri = target.kind === 'invite' ? target.invite.details.serviceUris[0] : target.serviceUri;
    const address = OrchestratorAddressSchema.parse(uri);
    const times: number[] = [];
    for (let tries = 0; tries < LATENCY_TRIES; tries += 1) {
      const started = performance.now();
      const { ok, text, nextStep } = await tryTcp(address, signal);
      if (!ok) {
        const error = {
          code: 'orchestrator-unreachable' as const,
          message: text,
          ...(nextStep === undefined ? {} : { nextStep }),
        };
        return { ok: false, error };
      }
      times.push(performance.now() - started);
      if (tries < LATENCY_TRIES - 1) await sleep(LATENCY_PAUSE_MS, signal);
    }
    return { ok: true, medianMs: Math.round((times.sort((a, b) => a - b)[1] ?? 0) * 10) / 10 };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, error: toEngineError(error).toInfo() };
  }
}

async function read(file: string): Promise<PoolDirectory | undefined> {
  try {
    return parseDirectory(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function listings({ pools }: PoolDirectory, context: InspectContext): readonly PoolListing[] {
  return [...pools].sort((a, b) => a.name.localeCompare(b.name, 'en')).map((entry) => listing(entry, context));
}

function listing(entry: PoolEntry, context: InspectContext): PoolListing {
  try {
    return { entry, target: shownTarget(readTarget(entry.join, context.nowMs), context), error: null };
  } catch (error) {
    return { entry, target: null, error: toEngineError(error).toInfo() };
  }
}

function notADirectory(why: string): EngineError {
  return new EngineError({
    code: 'bad-request',
    message: `This is no pool directory: ${why}.`,
    nextStep:
      'A directory is a JSON file with "version": 1, "name" and "pools"; each pool has a "name" and a "join" (invite or address).',
  });
}

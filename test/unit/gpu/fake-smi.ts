import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const fixtures = new URL('../../fixtures/nvidia-smi/', import.meta.url);

/** What the fake says at its next call. */
export interface FakeState {
  readonly table?: string;
  readonly list?: string;
  /** Answer to `pmon`. */
  readonly pmon?: string;
  readonly knownFields?: readonly string[];
  readonly exitCode?: number;
  readonly hang?: boolean;
}

/** Text of a recorded output. */
export function recorded(name: string): string {
  return readFileSync(new URL(name, fixtures), 'utf8');
}

/** A real executable named nvidia-smi in a folder of its own, whose answers a test can change while it is called. */
export class FakeSmi implements AsyncDisposable {
  readonly folder: string;
  readonly file: string;
  readonly #statePath: string;
  readonly #logPath: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.file = path.join(folder, 'nvidia-smi');
    this.#statePath = path.join(folder, 'state.json');
    this.#logPath = path.join(folder, 'calls.log');
  }

  static async create(state: FakeState): Promise<FakeSmi> {
    const fake = new FakeSmi(await mkdtemp(path.join(tmpdir(), 'siphon-smi-')));
    await fake.say(state);
    const script = fileURLToPath(new URL('fake-nvidia-smi.mjs', fixtures));
    const launcher = `#!/bin/sh\nSIPHON_FAKE_SMI_STATE='${fake.#statePath}' exec '${process.execPath}' '${script}' "$@"\n`;
    await writeFile(fake.file, launcher);
    await chmod(fake.file, 0o755);
    return fake;
  }

  get env(): Record<string, string> {
    return { SIPHON_NVIDIA_SMI: this.file };
  }

  async say(state: FakeState): Promise<void> {
    await writeFile(`${this.#statePath}.new`, JSON.stringify({ ...state, log: this.#logPath }));
    await rename(`${this.#statePath}.new`, this.#statePath);
  }

  /** Process id and arguments of each call so far. */
  calls(): Array<{ pid: number; args: string }> {
    if (!existsSync(this.#logPath)) return [];
    return readFileSync(this.#logPath, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => ({ pid: Number(line.split(' ')[0]), args: line.slice(line.indexOf(' ') + 1) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** True while a process of this id runs (zombies aside). */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Polls until `check` holds; fails after `ms` milliseconds. */
export async function eventually(check: () => boolean, what: string, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  while (!check()) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

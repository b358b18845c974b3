import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';

/** What a file of the shell holds. */
export interface ReadJsonFile<T> {
  /** Undefined when there is no file, or one that cannot be used. */
  readonly value: T | undefined;
  /** Where a file that could not be used was put, so that nothing is lost; undefined = it was fine, or there was none. */
  readonly setAside?: string;
}

/** Reads and checks a JSON file. One that is broken or of another shape is put aside beside it. Never throws. */
export function readJsonFile<S extends z.ZodType>(file: string, schema: S): ReadJsonFile<z.output<S>> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { value: undefined };
  }
  const parsed = schema.safeParse(parse(text));
  if (parsed.success) return { value: parsed.data };
  const aside = `${file}.broken`;
  try {
    renameSync(file, aside);
    return { value: undefined, setAside: aside };
  } catch {
    return { value: undefined, setAside: file };
  }
}

/** Writes a JSON file, readable by its owner only: beside it first, then renamed, so that a crash leaves the old or the new one. */
export function writeJsonFile(file: string, value: unknown): void {
  const temporary = `${file}.${process.pid}.tmp`;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    const handle = openSync(temporary, 'w', 0o600);
    try {
      writeSync(handle, `${JSON.stringify(value, null, 2)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

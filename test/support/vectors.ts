import { readFileSync } from 'node:fs';

type Json = Readonly<Record<string, unknown>>;

/** One vector of test/fixtures/vectors.json, obtained by running go-livepeer 0.9.1's own packages. */
export interface Vector {
  readonly name: string;
  readonly inputs: Json;
  readonly outputs: Json;
}

/** One vector of test/fixtures/vectors-extra.json, from a separate run with other values. */
export interface ExtraVector {
  readonly id: string;
  readonly group: string;
  readonly description: string;
  readonly input: Json;
  readonly expected: Json;
}

function load<T>(file: string): readonly T[] {
  const text = readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { vectors: T[] }).vectors;
}

/** Vectors whose name matches; throws when there are none, so that a test can't pass by finding nothing. */
export function vectors(pattern: RegExp): readonly Vector[] {
  const found = load<Vector>('vectors.json').filter(({ name }) => pattern.test(name));
  if (found.length === 0) throw new Error(`no vector matches ${pattern}`);
  return found;
}

/** Vectors of a group of the second set; throws when there are none. */
export function extraVectors(group: string): readonly ExtraVector[] {
  const found = load<ExtraVector>('vectors-extra.json').filter((vector) => vector.group === group);
  if (found.length === 0) throw new Error(`no vector of group ${group}`);
  return found;
}

/** Bytes of a hex text, with or without 0x. */
export function unhex(text: unknown): Uint8Array {
  return Uint8Array.from(Buffer.from(String(text).replace(/^0x/, ''), 'hex'));
}

import { describe, expect, test } from 'vitest';
import { TranscoderPool } from '../../../engine/orchestrator/selection.ts';
import { extraVectors } from '../../support/vectors.ts';

interface Fake {
  readonly id: string;
  readonly capacity: number;
  draining: boolean;
}

interface Step {
  readonly op: 'select' | 'end' | 'disconnect';
  readonly session?: string;
  readonly transcoder?: string;
  readonly error?: string;
  readonly requires?: readonly number[];
  readonly loads?: Readonly<Record<string, number>>;
}

const fake = (id: string, capacity: number): Fake => ({ id, capacity, draining: false });
const any = () => true;

describe('selection', () => {
  const vectors = extraVectors('transcoder-select');

  test.each(vectors)('follows the reference step by step: $id', (vector) => {
    const input = vector.input as { transcoders: ReadonlyArray<{ id: string; capacity: number }> };
    const expected = vector.expected as { steps: readonly Step[] };
    const pool = new TranscoderPool<Fake>();
    const members = new Map(input.transcoders.map(({ id, capacity }) => [id, fake(id, capacity)]));
    for (const member of members.values()) pool.add(member);
    for (const [index, step] of expected.steps.entries()) {
      if (step.op === 'disconnect') {
        const member = members.get(step.transcoder ?? '');
        if (member) pool.remove(member);
      } else if (step.op === 'end') {
        pool.unbind(step.session ?? '');
      } else {
        const chosen = pool.select(step.session ?? '', () => step.requires === undefined);
        const got = 'error' in chosen ? { error: chosen.error } : { transcoder: chosen.member.id };
        expect(got, `step ${index}`).toEqual(step.error ? { error: step.error } : { transcoder: step.transcoder });
      }
      for (const [id, load] of Object.entries(step.loads ?? {})) {
        const member = members.get(id);
        // A transcoder that left has no load any more; the reference keeps its last one in a record nobody reads.
        if (member && pool.members.includes(member)) expect(pool.load(member), `step ${index}, load of ${id}`).toBe(load);
      }
    }
  });

  test('without transcoders nobody is available', () => {
    expect(new TranscoderPool<Fake>().select('s', any)).toEqual({ error: 'no transcoders available' });
  });

  test('a session whose transcoder left is bound anew, and its old place is not counted', () => {
    const pool = new TranscoderPool<Fake>();
    const [a, b] = [fake('a', 1), fake('b', 1)];
    pool.add(a);
    expect(pool.select('s', any)).toEqual({ member: a });
    pool.remove(a);
    pool.add(b);
    expect(pool.select('s', any)).toEqual({ member: b });
    expect(pool.load(b)).toBe(1);
  });

  test('a draining transcoder keeps its sessions and gets no new ones', () => {
    const pool = new TranscoderPool<Fake>();
    const a = fake('a', 5);
    pool.add(a);
    pool.select('old', any);
    a.draining = true;
    expect(pool.select('old', any)).toEqual({ member: a });
    expect(pool.select('new', any)).toEqual({ error: 'no transcoders available' });
  });

  test('a session moves away from a transcoder to be avoided only if another has room', () => {
    const pool = new TranscoderPool<Fake>();
    const [a, b] = [fake('a', 1), fake('b', 1)];
    pool.add(a);
    pool.select('s', any);
    expect(pool.select('s', any, new Set([a]))).toEqual({ error: 'no transcoders available' });
    expect(pool.boundTo('s')).toBe(a);
    pool.add(b);
    expect(pool.select('s', any, new Set([a]))).toEqual({ member: b });
    expect(pool.load(a)).toBe(0);
    expect(pool.load(b)).toBe(1);
  });

  test('unbinding an unknown session changes nothing', () => {
    const pool = new TranscoderPool<Fake>();
    expect(pool.unbind('nobody')).toBeUndefined();
  });
});

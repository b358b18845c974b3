import { describe, expect, test } from 'vitest';
import type { Problem } from '../../../engine/api/errors.ts';
import type { NewProblem } from '../../../engine/health/health.ts';
import { Health } from '../../../engine/health/health.ts';

function problem(key: string, changes: Partial<NewProblem> = {}): NewProblem {
  return {
    key,
    code: 'gpu-lost',
    severity: 'error',
    title: 'A GPU is gone',
    text: 'It fell off the bus.',
    nextStep: 'Reboot.',
    ...changes,
  };
}

function setup() {
  const now = { ms: 1_000 };
  const health = new Health({ clock: { nowMs: () => now.ms, monotonicMs: () => now.ms } });
  const seen: Array<readonly Problem[]> = [];
  const subscription = health.onChange((problems) => seen.push(problems));
  return { now, health, seen, subscription };
}

describe('Health', () => {
  test('a problem stands from set to clear, and listeners see both', () => {
    const { health, seen } = setup();
    health.set(problem('gpu-lost:GPU-1'));
    expect(health.list()).toEqual([{ ...problem('gpu-lost:GPU-1'), sinceMs: 1_000 }]);
    health.clear('gpu-lost:GPU-1');
    expect(health.list()).toEqual([]);
    expect(seen.map((list) => list.length)).toEqual([1, 0]);
  });

  test('setting a key again changes its words and keeps when it began', () => {
    const { health, now, seen } = setup();
    health.set(problem('a'));
    now.ms = 9_000;
    health.set(problem('a', { text: 'Still gone.' }));
    expect(health.get('a')).toMatchObject({ text: 'Still gone.', sinceMs: 1_000 });
    expect(seen).toHaveLength(2);
  });

  test('setting the same problem unchanged, or clearing one that does not stand, tells nobody', () => {
    const { health, seen } = setup();
    health.set(problem('a'));
    health.set(problem('a'));
    health.clear('b');
    expect(seen).toHaveLength(1);
  });

  test('a problem that ends and comes back begins anew', () => {
    const { health, now } = setup();
    health.set(problem('a'));
    health.clear('a');
    now.ms = 5_000;
    health.set(problem('a'));
    expect(health.get('a')?.sinceMs).toBe(5_000);
  });

  test('the gravest problem comes first, then the oldest', () => {
    const { health, now } = setup();
    health.set(problem('info', { severity: 'info' }));
    now.ms += 1;
    health.set(problem('old'));
    now.ms += 1;
    health.set(problem('new'));
    health.set(problem('warning', { severity: 'warning' }));
    expect(health.list().map(({ key }) => key)).toEqual(['old', 'new', 'warning', 'info']);
  });

  test('clearAll ends every problem of a kind with one change', () => {
    const { health, seen } = setup();
    health.set(problem('gpu-lost:1'));
    health.set(problem('gpu-lost:2'));
    health.set(problem('disk-full', { code: 'disk-full' }));
    health.clearAll('gpu-lost:');
    health.clearAll('gpu-lost:');
    expect(health.list().map(({ key }) => key)).toEqual(['disk-full']);
    expect(seen).toHaveLength(4);
  });

  test('a disposed listener hears nothing, and a listener that throws stops nobody', () => {
    const failures: unknown[] = [];
    const health = new Health({ onError: (error) => failures.push(error) });
    let heard = 0;
    health.onChange(() => {
      throw new Error('broken listener');
    });
    const subscription = health.onChange(() => {
      heard += 1;
    });
    health.set(problem('a'));
    subscription[Symbol.dispose]();
    health.clear('a');
    expect(heard).toBe(1);
    expect(failures).toHaveLength(2);
  });
});

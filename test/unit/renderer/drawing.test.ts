import { describe, expect, test } from 'vitest';
import type { SegmentRecord } from '../../../engine/api/snapshot.ts';
import { nextDrops } from '../../../renderer/model/flow-drops.ts';
import { arcDash, flowGeometry, STRANDS_MAX, WIDE_FROM } from '../../../renderer/model/flow-geometry.ts';
import { nvencCells } from '../../../renderer/model/nvenc.ts';
import { sparklinePath } from '../../../renderer/model/sparkline.ts';
import { segmentOf, sessionOf } from '../../support/fake-engine-data.ts';

const BUDGET = { total: 8, used: 5, ours: 3, testedUpTo: 16, measuredAtMs: 0 };

describe('flow geometry', () => {
  test.each([320, 500, WIDE_FROM, 900, 1300])('at %i px everything stays inside and nothing overlaps the dial', (width) => {
    for (const renditions of [0, 1, 3, 4, 9]) {
      const { dial, inlet, outlet, vessel, inPipe, outPipes, strandLabels, layout, height } = flowGeometry(width, renditions);
      expect(outPipes).toHaveLength(Math.max(1, Math.min(STRANDS_MAX, renditions)));
      for (const point of [inlet, outlet]) {
        expect(point.x - vessel.width / 2).toBeGreaterThanOrEqual(0);
        expect(point.x + vessel.width / 2).toBeLessThanOrEqual(width);
        expect(point.y + vessel.height / 2).toBeLessThanOrEqual(height);
      }
      for (const { path, points } of [inPipe, ...outPipes]) {
        expect(path).toMatch(/^M[\d.]+,[\d.]+( C[\d.]+,[\d.]+ [\d.]+,[\d.]+ [\d.]+,[\d.]+)+$/);
        for (const point of points) {
          expect(point.x).toBeGreaterThanOrEqual(0);
          expect(point.x).toBeLessThanOrEqual(width);
        }
      }
      if (layout === 'wide') {
        expect(inlet.x + vessel.width / 2).toBeLessThan(dial.x - dial.radius);
        expect(outlet.x - vessel.width / 2).toBeGreaterThan(dial.x + dial.radius);
      } else {
        expect(inlet.y + vessel.height / 2).toBeLessThan(dial.y - dial.radius);
        expect(outlet.y - vessel.height / 2).toBeGreaterThan(dial.y + dial.radius);
      }
      for (const label of strandLabels) {
        expect(label.x).toBeGreaterThanOrEqual(0);
        expect(label.x).toBeLessThanOrEqual(width);
      }
    }
  });

  test('an arc is a dash as long as its share, turned to where it starts', () => {
    expect(arcDash(0.25, 0.5, 400)).toEqual({ array: '100 300', offset: -200 });
    expect(arcDash(2, 0, 400).array).toBe('400 0');
  });
});

describe('drops', () => {
  const session = sessionOf('practice', 0, 0);
  const at = (seq: number, state: SegmentRecord['state']) => segmentOf(session, seq, state, 1_000);

  test('what is there at first is the past', () => {
    expect(nextDrops(null, [at(1, 'done')], 1_500).drops).toEqual([]);
  });

  test('a segment goes in once and its renditions come out once', () => {
    const first = nextDrops(null, [], 1_000);
    const second = nextDrops(first.seen, [at(1, 'downloading')], 1_100);
    expect(second.drops).toMatchObject([{ leg: 'in', delayMs: 0 }]);
    const third = nextDrops(second.seen, [at(1, 'transcoding')], 1_200);
    expect(third.drops).toEqual([]);
    const fourth = nextDrops(third.seen, [at(1, 'uploading')], 1_300);
    expect(fourth.drops).toMatchObject([{ leg: 'out', delayMs: 0 }]);
    expect(nextDrops(fourth.seen, [at(1, 'done')], 1_400).drops).toEqual([]);
  });

  test('a segment seen only when done goes in first and comes out after', () => {
    const { drops } = nextDrops(new Map(), [at(1, 'done')], 1_500);
    expect(drops.map(({ leg }) => leg)).toEqual(['in', 'out']);
    expect(drops[1]?.delayMs).toBeGreaterThan(0);
  });

  test('a flood starts few drops, and old segments none', () => {
    const many = Array.from({ length: 100 }, (_, seq) => at(seq, 'downloading'));
    expect(nextDrops(new Map(), many, 1_500).drops.length).toBeLessThanOrEqual(5);
    expect(nextDrops(new Map(), many, 60_000).drops).toEqual([]);
  });
});

describe('small drawings', () => {
  test('the NVENC meter has a cell per session: ours, others’, free', () => {
    expect(nvencCells(BUDGET)).toEqual(['ours', 'ours', 'ours', 'others', 'others', 'free', 'free', 'free']);
  });

  test('without a cap met, as many cells as were tried; more than fit are drawn in proportion', () => {
    expect(nvencCells({ ...BUDGET, total: null })).toHaveLength(16);
    const large = nvencCells({ ...BUDGET, total: 64, used: 32, ours: 32 });
    expect(large).toHaveLength(32);
    expect(large.filter((cell) => cell === 'ours')).toHaveLength(16);
  });

  test('more in use than the cap fills the meter and no more', () => {
    expect(nvencCells({ ...BUDGET, total: 2, used: 5, ours: 1 })).toEqual(['ours', 'others']);
  });

  test('a curve breaks where a value is unknown', () => {
    const { line, area } = sparklinePath([0, 50, null, 100], 100, 90, 10);
    expect(line).toBe('M0,10L30,5M90,0');
    expect(area).toBe('M0,10L0,10L30,5L30,10ZM90,10L90,0L90,10Z');
  });
});

import { expect, test } from 'vitest';
import { shownSegments } from '../../../renderer/model/shown-segments.ts';
import { segmentOf, sessionOf } from '../../support/fake-engine-data.ts';

const session = sessionOf('siphon', 0, 0);
/** Newest first, `apartMs` between two. */
const segments = (count: number, apartMs: number) =>
  Array.from({ length: count }, (_, index) => segmentOf(session, count - index, 'done', 1_000_000 - index * apartMs));

test('a list at a readable pace has its forty newest segments', () => {
  const { rows, fast } = shownSegments(segments(100, 500));
  expect(rows).toHaveLength(40);
  expect(rows[0]?.seq).toBe(100);
  expect(fast).toBe(false);
});

test('a list that is replaced as a whole within two seconds is cut to what fits its place', () => {
  const { rows, fast } = shownSegments(segments(100, 2));
  expect(rows).toHaveLength(14);
  expect(rows[0]?.seq).toBe(100);
  expect(fast).toBe(true);
});

test('a short list is no fast one, however close its segments are', () => {
  expect(shownSegments(segments(20, 0))).toMatchObject({ fast: false });
  expect(shownSegments([])).toEqual({ rows: [], fast: false });
});

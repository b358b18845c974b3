import { expect, test } from 'vitest';
import { Admission, MAX_TASKS_PER_SESSION } from '../../../engine/transcoder/admission.ts';

const busy = expect.objectContaining({ code: 'busy', details: { wireText: 'TranscoderBusy' } });

test('a session has one running and four waiting tasks at most', () => {
  const admission = new Admission(() => 100);
  const held = Array.from({ length: MAX_TASKS_PER_SESSION }, () => admission.admit('s'));
  expect(() => admission.admit('s')).toThrow(busy);
  expect(() => admission.admit('other')).not.toThrow();
  held[0]?.[Symbol.dispose]();
  held[0]?.[Symbol.dispose]();
  expect(() => admission.admit('s')).not.toThrow();
  expect(() => admission.admit('s')).toThrow(busy);
});

test('the whole machine takes twice its capacity and a little', () => {
  let sessions = 2;
  const admission = new Admission(() => sessions);
  for (let task = 0; task < 9; task += 1) admission.admit(`s${task}`);
  expect(() => admission.admit('more')).toThrow(busy);
  sessions = 3;
  expect(() => admission.admit('more')).not.toThrow();
});

test('bytes are taken up to the bound and given back with the place', () => {
  const admission = new Admission(() => 4, 100);
  const first = admission.admit('a');
  expect(first.memory.take(60)).toBe(true);
  expect(first.memory.take(41)).toBe(false);
  const second = admission.admit('b');
  expect(second.memory.take(40)).toBe(true);
  expect(admission.bytesInFlight).toBe(100);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  expect(admission.bytesInFlight).toBe(40);
});

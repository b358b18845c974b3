import { describe, expect, test } from 'vitest';
import { ObjectStore } from '../../../engine/orchestrator/object-store.ts';

const bytes = (n: number) => new Uint8Array(n).fill(n);

describe('the object store', () => {
  test('keeps the newest twelve objects of each folder', () => {
    const store = new ObjectStore();
    for (let seq = 1; seq <= 15; seq += 1) {
      store.put('s', `${seq}.tempfile`, bytes(seq));
      store.put('s', `240p/${seq}.ts`, bytes(seq));
    }
    expect(store.get('s', '3.tempfile')).toBeUndefined();
    expect(store.get('s', '4.tempfile')).toEqual(bytes(4));
    expect(store.get('s', '240p/3.ts')).toBeUndefined();
    expect(store.get('s', '240p/15.ts')).toEqual(bytes(15));
    expect(store.bytes).toBe(2 * (4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14 + 15));
  });

  test('the same name is overwritten and counts once', () => {
    const store = new ObjectStore();
    store.put('s', 'a', bytes(10));
    store.put('s', 'a', bytes(3));
    expect(store.get('s', 'a')).toEqual(bytes(3));
    expect(store.bytes).toBe(3);
  });

  test('the end of a session frees all of it and nothing else', () => {
    const store = new ObjectStore();
    store.put('s', 'a', bytes(1));
    store.put('s', 'x/a', bytes(2));
    store.put('other', 'a', bytes(4));
    store.endSession('s');
    store.endSession('unknown');
    expect(store.get('s', 'x/a')).toBeUndefined();
    expect(store.get('other', 'a')).toEqual(bytes(4));
    expect(store.bytes).toBe(4);
  });

  test('removing an object frees its bytes; unknown ones are ignored', () => {
    const store = new ObjectStore();
    store.put('s', 'a', bytes(5));
    store.remove('s', 'a');
    store.remove('s', 'a');
    store.remove('nobody', 'a');
    expect(store.bytes).toBe(0);
  });

  test('a session that changes its profiles all the time holds no more folders than allowed', () => {
    const store = new ObjectStore();
    store.put('s', '0.tempfile', bytes(1));
    for (let at = 0; at < 200; at += 1) store.put('s', `p${at}/0.ts`, bytes(1));
    expect(store.bytes).toBe(33);
    expect(store.get('s', '0.tempfile')).toBeDefined();
    expect(store.get('s', 'p199/0.ts')).toBeDefined();
    expect(store.get('s', 'p0/0.ts')).toBeUndefined();
  });

  test('large renditions make room before their folder is full, but never the newest, nor a segment in work', () => {
    const store = new ObjectStore({ renditionBytesPerSession: 500 });
    store.put('s', '0.tempfile', bytes(250));
    for (let seq = 0; seq < 10; seq += 1) {
      store.put('s', `a/${seq}.ts`, bytes(100));
      store.put('s', `b/${seq}.ts`, bytes(100));
    }
    expect(store.bytes).toBe(250 + 500);
    for (const name of ['0.tempfile', 'a/9.ts', 'b/9.ts']) expect(store.get('s', name)).toBeDefined();
  });
});

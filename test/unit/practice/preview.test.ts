import { describe, expect, test } from 'vitest';
import { type PreviewSegment, PreviewStore } from '../../../engine/practice/preview.ts';

const clock = { nowMs: () => Date.UTC(2026, 0, 1), monotonicMs: () => 0 };

function segment(seq: number, parameters: Partial<PreviewSegment> & { bytes?: number } = {}): PreviewSegment {
  const data = new Uint8Array(parameters.bytes ?? 10).fill(seq);
  return {
    sessionId: 's1',
    manifestId: 'm1',
    seq,
    durationMs: 2_000,
    tracks: [
      { name: 'source', width: 1280, height: 720, data },
      { name: '240p', width: 426, height: 240, data },
    ],
    ...parameters,
  };
}

describe('previews', () => {
  test('a live playlist names its segments, their lengths and times, and has no end', () => {
    const store = new PreviewStore({ clock });
    store.addSegment(segment(0));
    store.addSegment(segment(1, { durationMs: 1_960 }));
    expect(store.playlist('s1', '240p')).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:3',
        '#EXT-X-TARGETDURATION:2',
        '#EXT-X-MEDIA-SEQUENCE:0',
        '#EXT-X-DISCONTINUITY-SEQUENCE:0',
        '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z',
        '#EXTINF:2.000,',
        '240p/0.ts',
        '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:02.000Z',
        '#EXTINF:1.960,',
        '240p/1.ts',
        '',
      ].join('\n'),
    );
  });

  test('every URL of the list and of its playlists leads to content', () => {
    const store = new PreviewStore({ clock });
    store.addSegment(segment(0, { sessionId: 'a b', tracks: [{ name: 'ö/p', width: 2, height: 2, data: Buffer.from('x') }] }));
    const path = store.list()[0]?.tracks[0]?.playlist ?? '';
    const playlist = store.serve(`/${path}`);
    expect(playlist?.contentType).toBe('application/vnd.apple.mpegurl');
    const name = /^[^#\n].*\.ts$/m.exec(String(playlist?.body))?.[0] ?? '';
    const url = new URL(name, `http://h/${path}`);
    expect(store.serve(url.pathname)).toEqual({ contentType: 'video/mp2t', body: Buffer.from('x') });
  });

  test('unknown and malformed paths lead nowhere', () => {
    const store = new PreviewStore({ clock });
    store.addSegment(segment(0));
    for (const path of ['', '/', '/preview', '/preview/s1', '/preview/s1/240p', '/preview/s1/x.m3u8', '/preview/s1/240p/9.ts']) {
      expect(store.serve(path), path).toBeUndefined();
    }
    for (const path of ['/preview/%ff/240p/0.ts', '/preview/s1/240p/0.ts/x', '/preview/s1/240p/-1.ts', '/other/s1/240p/0.ts']) {
      expect(store.serve(path), path).toBeUndefined();
    }
  });

  test('only the last segments are kept, and the sequence numbers go on', () => {
    const store = new PreviewStore({ clock, segments: 3 });
    for (let seq = 0; seq < 10; seq += 1) store.addSegment(segment(seq));
    expect(store.playlist('s1', 'source')).toContain('#EXT-X-MEDIA-SEQUENCE:7\n');
    expect(store.segment('s1', 'source', 6)).toBeUndefined();
    expect(store.segment('s1', 'source', 7)?.[0]).toBe(7);
    expect(store.bytes).toBe(3 * 20);
  });

  test('a failed segment leaves a marked gap, counted on when it falls out at the beginning', () => {
    const store = new PreviewStore({ clock, segments: 3 });
    store.addSegment(segment(0));
    store.addSegment(segment(2));
    expect(store.playlist('s1', 'source')?.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1);
    for (let seq = 3; seq < 6; seq += 1) store.addSegment(segment(seq));
    expect(store.playlist('s1', 'source')).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:1\n');
    expect(store.playlist('s1', 'source')?.match(/#EXT-X-DISCONTINUITY\n/g)).toBeNull();
  });

  test('all sessions together stay within the byte limit, the largest giving most', () => {
    const store = new PreviewStore({ clock, maxBytes: 1_000 });
    for (let seq = 0; seq < 12; seq += 1) {
      store.addSegment(segment(seq, { sessionId: 'big', bytes: 100 }));
      store.addSegment(segment(seq, { sessionId: 'small', bytes: 10 }));
      expect(store.bytes).toBeLessThanOrEqual(1_000);
    }
    expect(store.segment('small', 'source', 0)).toBeDefined();
    expect(store.segment('big', 'source', 11)).toBeDefined();
    expect(store.segment('big', 'source', 0)).toBeUndefined();
  });

  test('more sessions than can be watched are not kept until one has ended', () => {
    const store = new PreviewStore({ clock, maxSessions: 1 });
    expect(store.addSegment(segment(0))).toBe(true);
    expect(store.addSegment(segment(1))).toBe(false);
    expect(store.addSegment(segment(0, { sessionId: 's2' }))).toBe(false);
    store.endSession('s1');
    expect(store.playlist('s1', 'source')).toContain('#EXT-X-ENDLIST');
    expect(store.addSegment(segment(1, { sessionId: 's2' }))).toBe(true);
    expect(store.list().map(({ sessionId }) => sessionId)).toEqual(['s2']);
    expect(store.bytes).toBe(20);
  });
});

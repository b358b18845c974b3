import { describe, expect, test } from 'vitest';
import type { SegmentJob } from '../../../engine/orchestrator/job.ts';
import type { AttemptObserver, PreparedJob, TaskOutcome, TranscoderMember } from '../../../engine/orchestrator/member.ts';
import { type ManagerEvent, TranscoderManager } from '../../../engine/orchestrator/transcoder-manager.ts';
import { createCapabilities, DEFAULT_CAPABILITIES } from '../../../engine/wire/capabilities.ts';
import { encodeSegData } from '../../../engine/wire/seg-data.ts';
import { fakeTs } from '../../support/fake-transcoder.ts';

const SIGNAL = new AbortController().signal;
const DONE: TaskOutcome = {
  kind: 'done',
  decodedPixels: 1,
  renditions: [{ name: 'p', container: 'mpegts', data: fakeTs(1), pixels: 1 }],
};

/** A member whose tasks the test answers by hand. */
class HandMember implements TranscoderMember {
  readonly address = 'test';
  readonly capabilities = createCapabilities({ numbers: DEFAULT_CAPABILITIES });
  readonly draining = false;
  readonly ended: string[] = [];
  readonly observers: AttemptObserver[] = [];
  readonly id: string;
  readonly capacity: number;
  readonly #answer: ((observer: AttemptObserver) => void) | undefined;
  cancelled = 0;
  closed = false;

  constructor(id: string, capacity = 1, answer?: (observer: AttemptObserver) => void) {
    this.id = id;
    this.capacity = capacity;
    this.#answer = answer;
  }

  begin(_task: PreparedJob, observer: AttemptObserver) {
    this.observers.push(observer);
    const answer = this.#answer;
    if (answer) queueMicrotask(() => answer(observer));
    return {
      cancel: () => {
        this.cancelled += 1;
      },
    };
  }

  endSession(sessionId: string): void {
    this.ended.push(sessionId);
  }

  drain(): void {}

  close(): void {
    this.closed = true;
  }
}

const fails =
  (text: string) =>
  (observer: AttemptObserver): void => {
    observer.onSent();
    observer.onOutcome({ kind: 'failed', text });
  };

function prepared(sessionId = 's'): PreparedJob {
  const job: SegmentJob = {
    manifestId: 'm',
    sessionId,
    seq: 0n,
    data: new Uint8Array(10),
    durationMs: 10,
    profiles: [
      {
        name: 'p',
        width: 2,
        height: 2,
        bitrate: 1,
        fps: 0,
        fpsDen: 1,
        container: 'mpegts',
        profile: 'default',
        gop: 'default',
        codec: 'h264',
        quality: 0,
      },
    ],
  };
  return { job, segData: encodeSegData(job), url: 'https://unused' };
}

function setup(...members: HandMember[]): TranscoderManager {
  const manager = new TranscoderManager({ times: { minTaskMs: 400, lostGraceMs: 100 } });
  for (const member of members) manager.join(member);
  return manager;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const text = (error: unknown) => (error as { details?: { wireText?: string } }).details?.wireText;

describe('the transcoder manager', () => {
  test('sends a segment on, again and again, while sending fails, and drops those it failed with', async () => {
    const notSent = (observer: AttemptObserver) => observer.onOutcome({ kind: 'not-sent', text: 'gone' });
    const [a, b, c] = [new HandMember('a', 1, notSent), new HandMember('b', 1, notSent), new HandMember('c', 1)];
    const manager = setup(c, a, b);
    const pending = manager.transcode(prepared(), SIGNAL);
    await sleep(5);
    c.observers[0]?.onSent();
    c.observers[0]?.onOutcome(DONE);
    expect(await pending).toMatchObject({ transcoderId: 'c', tries: 3 });
    expect(manager.members).toEqual([c]);
    expect([a.closed, b.closed, c.closed]).toEqual([true, true, false]);
  });

  test('with none left to send to, says so', async () => {
    const a = new HandMember('a', 1, (observer) => observer.onOutcome({ kind: 'not-sent', text: 'gone' }));
    const error = await setup(a)
      .transcode(prepared(), SIGNAL)
      .catch((thrown: unknown) => thrown);
    expect(text(error)).toBe('no transcoders available');
  });

  test('gives up after three transcoders have failed, with the last one’s text', async () => {
    const members = ['a', 'b', 'c', 'd'].map((id) => new HandMember(id, 1, fails(`fault of ${id}`)));
    const manager = setup(...members);
    const error = await manager.transcode(prepared(), SIGNAL).catch((thrown: unknown) => thrown);
    expect(text(error)).toMatch(/^fault of/);
    expect(members.filter(({ observers }) => observers.length === 1)).toHaveLength(3);
    expect(manager.members).toHaveLength(4);
  });

  test('a second transcoder that had only the rest of the time is not thrown out for it', async () => {
    const second = new HandMember('second');
    const first = new HandMember('first');
    const manager = setup(second, first);
    const pending = manager.transcode(prepared(), SIGNAL).catch((thrown: unknown) => thrown);
    first.observers[0]?.onSent();
    await sleep(300);
    first.observers[0]?.onOutcome({ kind: 'failed', text: 'disk full' });
    second.observers[0]?.onSent();
    expect(text(await pending)).toBe('Remote transcoder took too long');
    expect(manager.members).toHaveLength(2);
    expect(second.cancelled).toBe(1);
    expect(manager.statistics().find(({ id }) => id === 'second')).toMatchObject({ timeouts: 1, sessions: 0, inFlight: 0 });
  });

  test('time runs from the sending, not from the waiting for it', async () => {
    const member = new HandMember('a');
    const manager = setup(member);
    const pending = manager.transcode(prepared(), SIGNAL);
    await sleep(250);
    member.observers[0]?.onSent();
    await sleep(250);
    member.observers[0]?.onOutcome(DONE);
    expect((await pending).tookMs).toBeGreaterThan(450);
  });

  test('a lost transcoder’s late result wins over its successor’s, who is not punished', async () => {
    const successor = new HandMember('successor');
    const lost = new HandMember('lost');
    const manager = setup(successor, lost);
    const pending = manager.transcode(prepared(), SIGNAL);
    lost.observers[0]?.onSent();
    manager.leave(lost, 'gone');
    lost.observers[0]?.onLost();
    expect(successor.observers).toHaveLength(1);
    successor.observers[0]?.onSent();
    lost.observers[0]?.onOutcome(DONE);
    expect(await pending).toMatchObject({ transcoderId: 'lost', tries: 2 });
    expect(successor.cancelled).toBe(1);
    expect(manager.members).toEqual([successor]);
    expect(manager.statistics()[0]).toMatchObject({ sessions: 1, inFlight: 0, failed: 0 });
  });

  test('a lost transcoder’s own error does not end a segment that its successor works on', async () => {
    const successor = new HandMember('successor');
    const lost = new HandMember('lost');
    const manager = setup(successor, lost);
    const pending = manager.transcode(prepared(), SIGNAL);
    lost.observers[0]?.onSent();
    manager.leave(lost, 'gone');
    lost.observers[0]?.onLost();
    lost.observers[0]?.onOutcome({ kind: 'failed', text: 'execution interrupted' });
    successor.observers[0]?.onSent();
    successor.observers[0]?.onOutcome(DONE);
    expect(await pending).toMatchObject({ transcoderId: 'successor' });
    expect(manager.statistics()[0]).toMatchObject({ id: 'successor', sessions: 1 });
  });

  test('ending a session reaches its transcoder once, and not after an error, as in the reference', async () => {
    const member = new HandMember('a', 2, (observer) => {
      observer.onSent();
      observer.onOutcome(DONE);
    });
    const manager = setup(member);
    await manager.transcode(prepared('s1'), SIGNAL);
    manager.endSession('s1');
    manager.endSession('s1');
    manager.endSession('unknown');
    expect(member.ended).toEqual(['s1']);
    const failing = new HandMember('b', 2, fails('TranscoderInvalidVideo'));
    const other = setup(failing);
    await other.transcode(prepared('s2'), SIGNAL).catch(() => {});
    other.endSession('s2');
    expect(failing.ended).toEqual([]);
  });

  test('tells who comes and goes', () => {
    const events: ManagerEvent[] = [];
    const manager = new TranscoderManager();
    manager.onEvent((event) => events.push(event));
    const member = new HandMember('a', 3);
    manager.join(member);
    expect(manager.capacity).toBe(3);
    expect(manager.remove('nobody', 'x')).toBe(false);
    expect(manager.remove('a', 'bored')).toBe(true);
    expect(member.closed).toBe(true);
    expect(events.map(({ kind }) => kind)).toEqual(['joined', 'left']);
    expect(manager.capacity).toBe(0);
  });
});

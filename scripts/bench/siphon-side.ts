import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { VideoProfile } from '../../engine/api/media.ts';
import type { Hops, SegmentRecord } from '../../engine/api/snapshot.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { createLog } from '../../engine/base/log.ts';
import { Orchestrator } from '../../engine/orchestrator/orchestrator.ts';
import type { TranscoderNews } from './transcoder-process.ts';

const TRANSCODER = fileURLToPath(new URL('./transcoder-process.ts', import.meta.url));

/** One segment that went the whole way. */
export interface WholeWay {
  /** Milliseconds from submission at the orchestrator to the renditions back there. */
  readonly tookMs: number;
  /** What the transcoder measured on its side. */
  readonly hops: Hops;
  readonly encoder: string;
  readonly renditions: readonly Uint8Array[];
}

/** Siphon's engine on its real wire path: an orchestrator here, the transcoder in a process of its own, TLS on loopback, transcode workers. */
export class SiphonSide implements AsyncDisposable {
  readonly #owned: Disposables;
  readonly #orchestrator: Orchestrator;
  readonly #profiles: readonly VideoProfile[];
  readonly #records: Map<string, SegmentRecord>;

  private constructor(
    owned: Disposables,
    orchestrator: Orchestrator,
    profiles: readonly VideoProfile[],
    records: Map<string, SegmentRecord>,
  ) {
    this.#owned = owned;
    this.#orchestrator = orchestrator;
    this.#profiles = profiles;
    this.#records = records;
  }

  /** Starts everything and waits until the transcoder is registered. */
  static async start(profiles: readonly VideoProfile[], sessions: number): Promise<SiphonSide> {
    const owned = new Disposables();
    try {
      const log = createLog({ level: 'error' });
      const secret = randomBytes(16).toString('hex');
      const orchestrator = owned.use(new Orchestrator({ secret, port: 0, maxSessions: 1_000_000, log }));
      await orchestrator.start();
      const records = new Map<string, SegmentRecord>();
      const child = fork(TRANSCODER, { execArgv: process.execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      owned.use({ [Symbol.asyncDispose]: () => ended(child) });
      await registered(child, { uri: orchestrator.serviceUri, secret, sessions }, (record) => {
        records.set(`${record.sessionId}/${record.seq}`, record);
      });
      return new SiphonSide(owned, orchestrator, profiles, records);
    } catch (error) {
      await owned[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Sends one segment the whole way, to its own profiles or others. Rejects with the failure's reason. */
  async transcode(
    sessionId: string,
    seq: number,
    data: Uint8Array,
    durationMs: number,
    profiles: readonly VideoProfile[] = this.#profiles,
  ): Promise<WholeWay> {
    const started = performance.now();
    // The stated duration only sets deadlines here: a slow or busy machine is to be measured, not cut off.
    const job = {
      manifestId: sessionId,
      sessionId,
      seq: BigInt(seq),
      data,
      durationMs: 30 * durationMs,
      profiles,
    };
    const result = await this.#orchestrator.submit(job, AbortSignal.timeout(300_000));
    const tookMs = performance.now() - started;
    // The transcoder's own record is complete once it has the answer to its POST, a moment after the orchestrator has the results.
    const key = `${sessionId}/${seq}`;
    for (let waited = 0; waited < 1000 && !this.#records.has(key); waited += 1)
      await new Promise((resolve) => setTimeout(resolve, 1));
    const record = this.#records.get(key);
    this.#records.delete(key);
    if (!record) throw new Error('the transcoder did not record the segment');
    return { tookMs, hops: record.hops, encoder: record.device?.encoder ?? '', renditions: result.renditions.map((r) => r.data) };
  }

  endSession(sessionId: string): void {
    this.#orchestrator.endSession(sessionId);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned[Symbol.asyncDispose]();
  }
}

/** Resolves once the transcoder is registered; from then on its finished segments go to `onSegment`. */
function registered(child: ChildProcess, setup: object, onSegment: (record: SegmentRecord) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the transcoder's process ended (${code})`)));
    child.on('message', (message) => {
      const news = message as TranscoderNews;
      if (news.kind === 'segment') onSegment(news.record);
      else if (news.kind === 'registered') resolve();
      else reject(new Error(news.why));
    });
    child.send(setup);
  });
}

/** Closes the channel, at which the process ends by itself. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  await exited;
}

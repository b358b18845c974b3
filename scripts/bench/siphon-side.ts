import { randomBytes } from 'node:crypto';
import type { VideoProfile } from '../../engine/api/media.ts';
import type { Hops, SegmentRecord } from '../../engine/api/snapshot.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { createLog } from '../../engine/base/log.ts';
import { defaultConfig } from '../../engine/config/schema.ts';
import { deviceChoices } from '../../engine/host/devices.ts';
import { inspectHardware } from '../../engine/host/inspect.ts';
import { createTranscoder } from '../../engine/media/transcoder.ts';
import { Orchestrator } from '../../engine/orchestrator/orchestrator.ts';
import { TranscoderClient } from '../../engine/transcoder/client.ts';
import { OrchestratorAddressSchema } from '../../engine/wire/address.ts';

/** One segment that went the whole way. */
export interface WholeWay {
  /** Milliseconds from submission at the orchestrator to the renditions back there. */
  readonly tookMs: number;
  /** What the transcoder measured on its side. */
  readonly hops: Hops;
  readonly encoder: string;
  readonly renditions: readonly Uint8Array[];
}

/** Siphon's engine on its real wire path: orchestrator and transcoder client on loopback TLS, transcode workers. */
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
      const hardware = await inspectHardware(AbortSignal.timeout(60_000));
      const limits = () => ({ configured: sessions });
      const devices = deviceChoices(hardware, defaultConfig()).flatMap(({ spec }) => spec ?? []);
      const transcoder = owned.use(await createTranscoder({ devices, log, limits }));
      const secret = randomBytes(16).toString('hex');
      const orchestrator = owned.use(new Orchestrator({ secret, port: 0, maxSessions: 1_000_000, log }));
      await orchestrator.start();
      const records = new Map<string, SegmentRecord>();
      const registered = Promise.withResolvers<void>();
      const client = owned.use(
        new TranscoderClient({
          address: OrchestratorAddressSchema.parse(orchestrator.serviceUri),
          secret,
          transcoder,
          log,
          observer: {
            linkChanged: ({ state, error }) => {
              if (state === 'registered') registered.resolve();
              if (state === 'refused') registered.reject(new Error(error?.message));
            },
            segmentChanged: (record) => {
              if (record.state === 'done' || record.state === 'failed') records.set(`${record.sessionId}/${record.seq}`, record);
            },
            sessionChanged: () => {},
          },
        }),
      );
      await client.start();
      await registered.promise;
      return new SiphonSide(owned, orchestrator, profiles, records);
    } catch (error) {
      await owned[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Sends one segment the whole way. Rejects with the failure's reason. */
  async transcode(sessionId: string, seq: number, data: Uint8Array, durationMs: number): Promise<WholeWay> {
    const started = performance.now();
    // The stated duration only sets deadlines here: a slow or busy machine is to be measured, not cut off.
    const job = {
      manifestId: sessionId,
      sessionId,
      seq: BigInt(seq),
      data,
      durationMs: 30 * durationMs,
      profiles: this.#profiles,
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

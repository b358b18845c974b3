// The transcoder's side of the benchmark, in a process of its own as in life: the orchestrator's work must not take turns with it in
// one event loop. Started by siphon-side.ts with an IPC channel; ends when that closes.
import process from 'node:process';
import { z } from 'zod';
import type { SegmentRecord } from '../../engine/api/snapshot.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { createLog } from '../../engine/base/log.ts';
import { defaultConfig } from '../../engine/config/schema.ts';
import { deviceChoices } from '../../engine/host/devices.ts';
import { inspectHardware } from '../../engine/host/inspect.ts';
import { createTranscoder } from '../../engine/media/transcoder.ts';
import { TranscoderClient } from '../../engine/transcoder/client.ts';
import { OrchestratorAddressSchema } from '../../engine/wire/address.ts';

/** What the other side is told. */
export type TranscoderNews =
  | { readonly kind: 'registered' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'segment'; readonly record: SegmentRecord };

const SetupSchema = z.object({ uri: z.string(), secret: z.string(), sessions: z.number().int().positive() });

const tell = (news: TranscoderNews): void => {
  if (process.connected) process.send?.(news);
};

async function serve(setup: z.infer<typeof SetupSchema>, owned: Disposables): Promise<void> {
  const log = createLog({ level: 'error' });
  const hardware = await inspectHardware(AbortSignal.timeout(60_000));
  const devices = deviceChoices(hardware, defaultConfig()).flatMap(({ spec }) => spec ?? []);
  const limits = () => ({ configured: setup.sessions });
  const transcoder = owned.use(await createTranscoder({ devices, log, limits }));
  const client = owned.use(
    new TranscoderClient({
      address: OrchestratorAddressSchema.parse(setup.uri),
      secret: setup.secret,
      transcoder,
      log,
      observer: {
        linkChanged: ({ state, error }) => {
          if (state === 'registered') tell({ kind: 'registered' });
          if (state === 'refused') tell({ kind: 'refused', why: error?.message ?? '' });
        },
        segmentChanged: (record) => {
          if (record.state === 'done' || record.state === 'failed') tell({ kind: 'segment', record });
        },
        sessionChanged: () => {},
      },
    }),
  );
  await client.start();
}

const owned = new Disposables();
process.once('message', (setup) => {
  serve(SetupSchema.parse(setup), owned).catch((error: unknown) => {
    tell({ kind: 'refused', why: error instanceof Error ? error.message : String(error) });
  });
});
process.once('disconnect', () => {
  void owned[Symbol.asyncDispose]().finally(() => process.exit(0));
});

/**
 * Entry of the probe process: one question over IPC, one answer, end. It is a process of its own because a driver in a
 * bad state can crash or hang whoever opens it; the engine then loses only this process.
 */
import { type ProbeAnswer, ProbeRequestSchema } from './probe-protocol.ts';
import { currentPlatform } from './smi-errors.ts';

async function answer(message: unknown): Promise<ProbeAnswer> {
  try {
    const request = ProbeRequestSchema.parse(message);
    // Loaded here and not above, so that an FFmpeg that cannot be loaded is an answer too.
    if (request.kind === 'ffmpeg') {
      const { readFfmpeg } = await import('./ffmpeg-facts.ts');
      return { kind: 'ffmpeg', report: await readFfmpeg() };
    }
    const { countSessions, FfmpegLog, probeAbilities } = await import('./probe-device.ts');
    using log = new FfmpegLog();
    const platform = currentPlatform();
    return request.kind === 'abilities'
      ? { kind: 'abilities', report: await probeAbilities(log, platform) }
      : { kind: 'sessions', report: await countSessions(request.bound, log, platform) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

process.once('message', (message) => {
  answer(message).then((result) => {
    // The exit code tells nothing: native clean-up may still crash after the answer has been given.
    process.send?.(result, () => process.exit(0));
  });
});
// The engine is gone: nobody waits for an answer.
process.once('disconnect', () => process.exit(0));

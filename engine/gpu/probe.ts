import { fork } from 'node:child_process';
import { deadline, untilAborted } from '../base/abort.ts';
import { EngineError } from '../base/errors.ts';
import { childEnvironment } from './child-environment.ts';
import {
  type AbilityReport,
  type FfmpegReport,
  type ProbeAnswer,
  ProbeAnswerSchema,
  type ProbeRequest,
  type SessionReport,
} from './probe-protocol.ts';

/** How a probe process is run. */
export interface ProbeParameters {
  /** `GPU-…` or `MIG-…`; null lets CUDA choose, e.g. to see what it says on a machine where no card is known. */
  readonly uuid: string | null;
  /** Milliseconds until the process counts as hung. The first CUDA call after boot may take many seconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The process's program; tests hand in their own. */
  readonly entry?: URL;
}

const ENTRY = new URL('./probe-process.ts', import.meta.url);
const MAX_STDERR_BYTES = 16 * 1024;

/**
 * Environment that leaves exactly one GPU visible to CUDA, as device 0. UUIDs are used because CUDA counts cards in an
 * order of its own, not in that of nvidia-smi.
 */
export function cudaEnvironment(uuid: string | null): Record<string, string> {
  return { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', ...(uuid === null ? {} : { CUDA_VISIBLE_DEVICES: uuid }) };
}

/**
 * Tries on the GPU what the engine may want of it, in a process of its own. A failed try is an answer. Rejects with
 * `worker-crashed`, `worker-hung`, or the signal's reason.
 */
export async function probeAbilitiesOf(parameters: ProbeParameters): Promise<AbilityReport> {
  const answer = await ask({ kind: 'abilities' }, parameters);
  if (answer.kind !== 'abilities') throw crashed('gave an answer to another question', '');
  return answer.report;
}

/** Opens NVENC sessions on the GPU until one is refused or `bound` are open, and closes them. Rejects like {@link probeAbilitiesOf}. */
export async function probeSessionsOf(parameters: ProbeParameters & { readonly bound: number }): Promise<SessionReport> {
  const answer = await ask({ kind: 'sessions', bound: parameters.bound }, parameters);
  if (answer.kind !== 'sessions') throw crashed('gave an answer to another question', '');
  return answer.report;
}

/** Loads the bundled FFmpeg in a process of its own and tells which one it is. Rejects with `worker-crashed` when it cannot be loaded. */
export async function probeFfmpeg(parameters: Omit<ProbeParameters, 'uuid'> = {}): Promise<FfmpegReport> {
  const answer = await ask({ kind: 'ffmpeg' }, { uuid: null, ...parameters });
  if (answer.kind !== 'ffmpeg') throw crashed('gave an answer to another question', '');
  return answer.report;
}

async function ask(
  request: ProbeRequest,
  { uuid, timeoutMs = 60_000, signal, entry = ENTRY }: ProbeParameters,
): Promise<ProbeAnswer> {
  signal?.throwIfAborted();
  using limit = deadline(timeoutMs, 'Trying the GPU', signal);
  const child = fork(entry, {
    env: childEnvironment(cudaEnvironment(uuid)),
    // The engine's own flags (inspector, test loaders) are not the child's.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    windowsHide: true,
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR_BYTES);
  });
  const answered = new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', (code, killedBy) => {
      // A message may still be on its way when the exit is seen; it is delivered first.
      setImmediate(() => reject(crashed(killedBy === null ? `ended with code ${code}` : `was ended by ${killedBy}`, stderr)));
    });
  });
  try {
    child.send(request, () => {});
    const answer = ProbeAnswerSchema.safeParse(await untilAborted(answered, limit.signal));
    if (!answer.success) throw crashed('gave an answer that cannot be read', stderr);
    if (answer.data.kind === 'failed') {
      throw new EngineError({
        code: 'worker-crashed',
        message: `FFmpeg could not be used: ${answer.data.message}`,
        nextStep: 'Install Siphon anew: a part of it is missing, or is made for another kind of computer.',
        details: { stderr },
      });
    }
    return answer.data;
  } catch (error) {
    if (limit.signal.aborted && !signal?.aborted) {
      throw new EngineError({
        code: 'worker-hung',
        message: `The driver did not answer within ${timeoutMs / 1000} s while the GPU was tried.`,
        nextStep: 'Restart the computer. If it stays like this, reinstall the NVIDIA driver.',
        details: { stderr },
        cause: error,
      });
    }
    throw error;
  } finally {
    answered.catch(() => {});
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      // Not waited for: a process stuck in the driver can outlive even SIGKILL.
      child.unref();
      child.channel?.unref();
    }
  }
}

function crashed(how: string, stderr: string): EngineError {
  return new EngineError({
    code: 'worker-crashed',
    message: `The process that tries the GPU ${how}. The NVIDIA driver is probably in a bad state.`,
    nextStep: 'Restart the computer. If it stays like this, reinstall the NVIDIA driver.',
    details: { stderr },
  });
}

import type { VideoProfile } from '../api/media.ts';
import { EngineError } from '../base/errors.ts';
import { canEncode, sessionCost } from './device-spec.ts';
import type { DeviceWorker } from './device-worker.ts';
import { mediaError } from './media-error.ts';

/** Milliseconds without a segment after which a session is forgotten (reference: transcoder.md §10, §11). */
const SESSION_IDLE_MS = 70_000;
/** Segments that may wait behind the one being transcoded. */
const SESSION_QUEUE = 4;

/** One stream's place on a device. Its segments run one after the other. */
export interface Session {
  readonly id: string;
  device: DeviceWorker;
  cost: number;
  /** Waiting and running. */
  pending: number;
  tail: Promise<void>;
  idle: NodeJS.Timeout | undefined;
}

/** Which session is on which device. */
export class Sessions implements Disposable {
  readonly #devices: readonly DeviceWorker[];
  readonly #idleMs: number;
  readonly #limitOf: (deviceId: string) => number | undefined;
  readonly #sessions = new Map<string, Session>();
  #turn = 0;

  /** `devices` is looked at anew for each session, so devices may come and go; `limitOf` gives the most sessions of one. */
  constructor(
    devices: readonly DeviceWorker[],
    idleMs: number = SESSION_IDLE_MS,
    limitOf: (deviceId: string) => number | undefined = () => undefined,
  ) {
    this.#devices = devices;
    this.#idleMs = idleMs;
    this.#limitOf = limitOf;
  }

  /** Sessions that a device holds now. */
  countOn(device: DeviceWorker): number {
    return this.#on(device).length;
  }

  /** True while segments run or wait on a device. */
  isBusy(device: DeviceWorker): boolean {
    return this.#on(device).some(({ pending }) => pending > 0);
  }

  /** Moves a session whose device takes no work any more, before its next segment runs. Throws like {@link enter}. */
  place(session: Session, profiles: readonly VideoProfile[]): DeviceWorker {
    if (session.device.suspended) {
      session.device.endSession(session.id);
      session.cost = 0;
      session.device = this.#choose(profiles);
      session.cost = sessionCost(profiles);
    }
    return session.device;
  }

  /** Forgets the sessions of a device that goes; those with segments waiting move with {@link place}. */
  leaveDevice(device: DeviceWorker): void {
    for (const session of this.#on(device)) if (session.pending === 0) this.end(session.id);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The session for a segment, made or moved as needed. Throws `busy`, `gpu-quarantined` or `media-unsupported-codec`. */
  enter(id: string, profiles: readonly VideoProfile[], reinitialise: boolean): Session {
    let session = this.#sessions.get(id);
    if (session && session.pending > SESSION_QUEUE) {
      throw mediaError('busy', 'TranscoderBusy', 'Too many segments of this session are waiting already.');
    }
    if (!session) {
      session = { id, device: this.#choose(profiles), cost: 0, pending: 0, tail: Promise.resolve(), idle: undefined };
      this.#sessions.set(id, session);
    } else if (
      session.pending === 0 &&
      (reinitialise || session.device.quarantined || !canEncode(session.device.spec, profiles))
    ) {
      session.device.endSession(id);
      session.cost = 0;
      session.device = this.#choose(profiles);
    }
    session.cost = sessionCost(profiles);
    session.pending += 1;
    clearTimeout(session.idle);
    session.idle = undefined;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  /** A segment of the session is done, well or not. */
  leave(session: Session): void {
    session.pending -= 1;
    if (session.pending > 0 || this.#sessions.get(session.id) !== session) return;
    session.idle = setTimeout(() => this.end(session.id), this.#idleMs);
    session.idle.unref();
  }

  /**
   * Forgets a session and frees what its device keeps warm for it. With `only`, nothing happens when another session
   * has taken the name meanwhile, or when this one has more segments waiting.
   */
  end(id: string, only?: Session): void {
    const session = this.#sessions.get(id);
    if (!session || (only && (session !== only || session.pending > 0))) return;
    clearTimeout(session.idle);
    this.#sessions.delete(id);
    session.device.endSession(id);
  }

  [Symbol.dispose](): void {
    for (const session of this.#sessions.values()) clearTimeout(session.idle);
    this.#sessions.clear();
  }

  /** Least loaded device; ties go round (reference: transcoder.md §10). */
  #choose(profiles: readonly VideoProfile[]): DeviceWorker {
    const able = this.#devices.filter(({ spec }) => canEncode(spec, profiles));
    if (able.length === 0) {
      throw mediaError(
        'media-unsupported-codec',
        'Encoder not found',
        'No device of this machine can encode what was asked for.',
      );
    }
    const rested = able.filter((device) => !device.quarantined);
    if (rested.length === 0) {
      throw new EngineError({
        code: 'gpu-quarantined',
        message: 'Every device that could do this failed repeatedly and is resting.',
        nextStep: 'It is tried again by itself; see the log for the reason.',
      });
    }
    const open = this.#withRoom(rested);
    const load = (device: DeviceWorker) => this.#on(device).reduce((sum, { cost }) => sum + cost, 0);
    this.#turn += 1;
    const order = open.map((_, index) => open[(index + this.#turn) % open.length]).filter((device) => device !== undefined);
    return order.reduce((best, device) => (load(device) < load(best) ? device : best));
  }

  #on(device: DeviceWorker): Session[] {
    return [...this.#sessions.values()].filter((session) => session.device === device);
  }

  /** The devices below their own limit; when all are full, the one whose session has been quiet longest gives that one up. */
  #withRoom(devices: readonly DeviceWorker[]): readonly DeviceWorker[] {
    const room = devices.filter(
      (device) => this.#on(device).length < (this.#limitOf(device.spec.id) ?? Number.POSITIVE_INFINITY),
    );
    if (room.length > 0) return room;
    // Sessions keep the order in which they were last used.
    const quiet = [...this.#sessions.values()].find(({ pending, device }) => pending === 0 && devices.includes(device));
    if (!quiet) throw mediaError('busy', 'TranscoderBusy', 'Every device carries as many streams as its settings allow.');
    this.end(quiet.id);
    return [quiet.device];
  }
}

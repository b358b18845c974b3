import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FLEET_LIMIT, REMOTE_RIGHTS, type RemoteRights } from '../api/fleet.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { writeFileAtomic } from '../config/atomic-file.ts';

const DeviceSchema = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(60),
  rights: z.enum(REMOTE_RIGHTS),
  /** SHA-256 of the token, base64url. The token has 256 random bits, so a plain hash is enough. */
  hash: z.string().length(43),
  createdAtMs: z.number(),
  lastSeenAtMs: z.number().nullable(),
});
const FileSchema = z.object({ version: z.literal(1), devices: z.array(DeviceSchema).max(FLEET_LIMIT) });

/** A machine that may reach this one. */
export type Device = z.infer<typeof DeviceSchema>;

/** The time a machine was last seen is written at most this often, milliseconds. */
const SEEN_MS = 60_000;

/** The machines that were paired with this one, kept in a file of the data folder; tokens as hashes only. */
export class DeviceRegistry {
  readonly #file: string;
  readonly #clock: Clock;
  #devices: readonly Device[];
  /** One write after the other, each of what holds then: an older list must not come back over a newer one. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(file: string, clock: Clock, devices: readonly Device[]) {
    this.#file = file;
    this.#clock = clock;
    this.#devices = devices;
  }

  /** Reads the file. One that cannot be read lets nobody in, and is told in the log. */
  static async open(file: string, clock: Clock, log: Log): Promise<DeviceRegistry> {
    let devices: readonly Device[] = [];
    try {
      devices = FileSchema.parse(JSON.parse(await readFile(file, 'utf8'))).devices;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        log.error({ err: error, file }, 'the list of paired machines cannot be read: none of them gets in');
      }
    }
    return new DeviceRegistry(file, clock, devices);
  }

  get devices(): readonly Device[] {
    return this.#devices;
  }

  /**
   * Takes a machine in and makes its token, which is returned this once.
   * @throws EngineError `bad-request` when there are too many, `disk-full`, `data-dir-unwritable`
   */
  async add(name: string, rights: RemoteRights): Promise<{ readonly device: Device; readonly token: string }> {
    if (this.#devices.length >= FLEET_LIMIT) {
      throw new EngineError({
        code: 'bad-request',
        message: `This machine is paired with ${FLEET_LIMIT} others, more than that is not possible`,
        nextStep: 'Revoke one that is not used: siphon remote devices',
      });
    }
    const token = randomBytes(32).toString('base64url');
    const device: Device = {
      // Hex: an id is given to commands, where one that began with "-" would be taken for an option.
      id: randomBytes(6).toString('hex'),
      name,
      rights,
      hash: hashOf(token),
      createdAtMs: this.#clock.nowMs(),
      lastSeenAtMs: null,
    };
    await this.#keep([...this.#devices, device]);
    return { device, token };
  }

  /** The machine a token belongs to. Found by hash: how long that takes says nothing about the token. */
  find(token: string | undefined): Device | undefined {
    if (token === undefined) return undefined;
    const hash = hashOf(token);
    return this.#devices.find((device) => device.hash === hash);
  }

  /**
   * Takes a token back.
   * @throws EngineError `not-found`, `disk-full`, `data-dir-unwritable`
   */
  async revoke(id: string): Promise<Device> {
    const device = this.#devices.find((each) => each.id === id);
    if (!device) {
      throw new EngineError({
        code: 'not-found',
        message: `No paired machine has the id "${id}"`,
        nextStep: 'List them with: siphon remote devices',
      });
    }
    // Out first: a full disk must not keep it in.
    await this.#keep(this.#devices.filter((each) => each !== device));
    return device;
  }

  /** Notes that a machine is here now. */
  async seen(id: string): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const device = this.#devices.find((each) => each.id === id);
    if (!device || (device.lastSeenAtMs !== null && Math.abs(nowMs - device.lastSeenAtMs) < SEEN_MS)) return;
    await this.#keep(this.#devices.map((each) => (each.id === id ? { ...each, lastSeenAtMs: nowMs } : each)));
  }

  #keep(devices: readonly Device[]): Promise<void> {
    this.#devices = devices;
    const run = this.#writing.then(() => {
      const text = `${JSON.stringify({ version: 1, devices: this.#devices }, null, 2)}\n`;
      return writeFileAtomic(this.#file, text, { mode: 0o600 });
    });
    this.#writing = run.catch(() => {});
    return run;
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

import { statSync } from 'node:fs';
import { freemem, homedir, release, totalmem, uptime, userInfo } from 'node:os';
import type { LogLine } from '../api/commands.ts';
import type { DiagnosticsBundle, DoctorReport, FixInput, FixResult, RepairApi } from '../api/diagnostics.ts';
import type { Hardware } from '../api/hardware.ts';
import type { ConfigureResult } from '../api/orchestrator.ts';
import type { EngineSnapshot } from '../api/snapshot.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { configChanges } from '../config/settings.ts';
import { makeBundle } from '../diagnostics/bundle.ts';
import { Redactor } from '../diagnostics/redact.ts';
import { runChecks, worstStatus } from '../doctor/check.ts';
import { clockCheck } from '../doctor/clock-check.ts';
import { dataFolderChecks } from '../doctor/disk-checks.ts';
import type { Health } from '../health/health.ts';
import type { Store } from '../store/store.ts';
import { runsOrchestrator } from './choices.ts';
import { addressIn, doctorChecks, NOT_BEFORE_MS } from './doctor.ts';
import { CLOCK_KEY, DISK_KEY, type FixId, fixesOf, REACH_KEY } from './fixes.ts';
import { inspectHardware } from './inspect.ts';
import { freePort } from './network.ts';
import type { Settings } from './settings.ts';
import { StandingChecks } from './standing-checks.ts';

const MINUTE_MS = 60_000;
const FIRST_LOOK_MS = 15_000;

/** What {@link Repair} needs. */
export interface RepairParameters {
  /** Absent: the engine was started with settings that are not kept in a file. */
  readonly settings: Settings | undefined;
  readonly dataDir: string;
  readonly databaseFile: string;
  /** The configuration that runs. */
  readonly config: () => Config;
  readonly snapshot: () => EngineSnapshot;
  readonly logs: () => readonly LogLine[];
  /** The local API's token: never shown. */
  readonly token: string;
  readonly health: Health;
  readonly store: Store;
  readonly configure: (changes: ReadonlyArray<{ readonly path: string; readonly value: unknown }>) => Promise<ConfigureResult>;
  readonly redetect: () => Promise<void>;
  /** Tries to reach the own orchestrator; rejects when there is none. */
  readonly checkReachability: () => Promise<void>;
  /** Port of the local API as it is now. */
  readonly apiPort: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Repair of a running engine: every check on request, fixes of standing problems, the diagnostics bundle. */
export class Repair implements RepairApi, Disposable {
  readonly #parameters: RepairParameters;
  readonly #standing: StandingChecks;

  constructor(parameters: RepairParameters) {
    this.#parameters = parameters;
    const { health, log, dataDir, config } = parameters;
    this.#standing = new StandingChecks({
      health,
      log,
      firstAfterMs: FIRST_LOOK_MS,
      checks: [
        {
          key: DISK_KEY,
          code: 'disk-full',
          title: 'Little room is left on the disk',
          everyMs: 5 * MINUTE_MS,
          check: () => named(dataFolderChecks(dataDir), 'disk-space'),
        },
        {
          key: CLOCK_KEY,
          code: 'clock-wrong',
          title: 'This computer’s clock is wrong',
          everyMs: 360 * MINUTE_MS,
          check: () => {
            const orchestrator = runsOrchestrator(config()) ? undefined : addressIn(config().orchestrator.serviceUri);
            return clockCheck({ ...(orchestrator ? { orchestrator } : {}), notBeforeMs: NOT_BEFORE_MS });
          },
        },
      ],
    });
  }

  async doctor(signal?: AbortSignal): Promise<DoctorReport> {
    const hardware = (aborted: AbortSignal): Promise<Hardware> => {
      const known = this.#parameters.snapshot().hardware;
      return known ? Promise.resolve(known) : inspectHardware(aborted);
    };
    const all = await doctorChecks({ settings: this.#settings(), hardware, engineRunning: true });
    const checks = await runChecks({ checks: all, ...(signal ? { signal } : {}) });
    return { verdict: worstStatus(checks), checks };
  }

  async bundle(signal?: AbortSignal): Promise<DiagnosticsBundle> {
    const { token, clock, snapshot, logs } = this.#parameters;
    const settings = this.#settings();
    const doctor = await this.doctor(signal);
    // Secrets that cannot be read cannot be recognised by value; names and forms still catch them.
    const kept = await settings.secrets().catch(() => ({}));
    const secrets = [
      token,
      ...textsIn(kept),
      process.env.SIPHON_SECRET ?? '',
      (await settings.orchestratorSecret().catch(() => '')) ?? '',
    ];
    return makeBundle({
      nowMs: clock.nowMs(),
      redactor: new Redactor({ secrets, home: homedir(), user: userName() }),
      doctor,
      snapshot: snapshot(),
      config: await settings.effective(),
      variables: Object.keys(process.env).filter((name) => name.startsWith('SIPHON_')),
      logs: logs(),
      system: {
        platform: process.platform,
        arch: process.arch,
        release: release(),
        node: process.versions.node,
        memoryMiB: { total: mebibytes(totalmem()), free: mebibytes(freemem()) },
        uptimeSeconds: Math.round(uptime()),
        engine: { uptimeSeconds: Math.round(process.uptime()), rssBytes: process.memoryUsage.rss() },
      },
    });
  }

  async fix({ key, id }: FixInput): Promise<FixResult> {
    const problem = this.#parameters.health.get(key);
    const offered: readonly string[] = problem ? fixesOf(problem) : [];
    if (!offered.includes(id)) {
      throw new EngineError({
        code: 'not-found',
        message: 'This problem no longer stands, or Siphon cannot mend it by itself',
        nextStep: 'Look at the problems that stand now.',
      });
    }
    const fixed = await this.#run(key, id as FixId);
    this.#parameters.log.info({ problem: key, fix: id }, fixed.text);
    return fixed;
  }

  [Symbol.dispose](): void {
    this.#standing[Symbol.dispose]();
  }

  async #run(key: string, id: FixId): Promise<FixResult> {
    const { redetect, checkReachability, apiPort, health } = this.#parameters;
    switch (id) {
      case 'look-again':
        await redetect();
        return { text: health.get(key) ? 'Looked again: it is still so.' : 'Looked again: it is fine now.' };
      case 'check-again': {
        if (key !== REACH_KEY) return { text: (await this.#standing.look(key))?.text ?? 'Checked.' };
        await checkReachability();
        return { text: health.get(key) ? 'Checked: it is still not reached.' : 'Checked: it is reached now.' };
      }
      case 'shorten-history':
        return this.#shorten();
      case 'keep-port': {
        await this.#configure([{ path: 'api.port', value: apiPort() }]);
        health.clear(key);
        return { text: `From now on the page is at port ${apiPort()}.` };
      }
      case 'other-port': {
        const port = await freePort(this.#parameters.config().ownOrchestrator.host);
        await this.#configure([{ path: 'ownOrchestrator.port', value: port }]);
        health.clear(key);
        return {
          text: `The orchestrator listens on port ${port} now. Gateways must reach that port: change the forwarding, too.`,
        };
      }
      case 'settings-in-use': {
        const wanted = await this.#settings().effective();
        const changes = configChanges(wanted, this.#parameters.config());
        await this.#configure(changes.map(({ path, after }) => ({ path, value: after ?? undefined })));
        return { text: 'The settings are again those in use.' };
      }
    }
  }

  async #shorten(): Promise<FixResult> {
    const { store, databaseFile, config } = this.#parameters;
    const size = () => statSync(databaseFile, { throwIfNoEntry: false })?.size ?? 0;
    const before = size();
    const { segments } = await store.compact({ days: config().history.days, maxMb: before / 2e6 });
    await this.#standing.look(DISK_KEY);
    const freed = Math.max(0, before - size()) / 1e6;
    return { text: `${segments} older segments are forgotten, ${freed.toFixed(1)} MB are free again.` };
  }

  async #configure(changes: ReadonlyArray<{ readonly path: string; readonly value: unknown }>): Promise<void> {
    const { error } = await this.#parameters.configure(changes);
    if (!error) return;
    const { code, message, nextStep } = error;
    throw new EngineError({ code, message, ...(nextStep === undefined ? {} : { nextStep }) });
  }

  #settings(): Settings {
    const { settings } = this.#parameters;
    if (settings) return settings;
    throw new EngineError({ code: 'not-ready', message: 'This engine runs with fixed settings', nextStep: 'Start it anew.' });
  }
}

function named<T extends { readonly id: string }>(checks: readonly T[], id: string): T {
  const check = checks.find((each) => each.id === id);
  if (!check) throw new EngineError({ code: 'internal', message: `there is no check "${id}"` });
  return check;
}

/** Every text in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

/** What this machine calls the person; empty where it does not know the user (a container with a number of its own). */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

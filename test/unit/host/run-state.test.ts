import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RunState } from '../../../engine/api/snapshot.ts';
import { systemClock } from '../../../engine/base/clock.ts';
import type { Role } from '../../../engine/base/role.ts';
import { RunStateMachine } from '../../../engine/host/run-state.ts';

class RecordingRole implements Role {
  readonly name: string;
  inFlight = 0;
  finish: () => void = () => {};
  readonly #calls: string[];

  constructor(name: string, calls: string[]) {
    this.name = name;
    this.#calls = calls;
  }

  async start() {
    this.#calls.push(`${this.name} start`);
  }

  async drain(signal: AbortSignal) {
    this.#calls.push(`${this.name} drain`);
    if (this.inFlight === 0) return;
    await new Promise<void>((resolve, reject) => {
      this.finish = resolve;
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    this.inFlight = 0;
  }

  async resume() {
    this.#calls.push(`${this.name} resume`);
  }

  async [Symbol.asyncDispose]() {
    this.#calls.push(`${this.name} dispose`);
  }
}

function setup(drainMs = 5000) {
  const calls: string[] = [];
  const states: RunState[] = [];
  const first = new RecordingRole('first', calls);
  const second = new RecordingRole('second', calls);
  const machine = new RunStateMachine({
    roles: [first, second],
    clock: systemClock,
    drainMs,
    onChange: (state) => states.push(state),
  });
  return { calls, states, first, second, machine };
}

describe('RunStateMachine', () => {
  afterEach(() => vi.useRealTimers());

  test('starts roles in order and disposes them in reverse', async () => {
    const { calls, machine } = setup();
    await machine.start();
    await machine.stop('user', 'Stopped by you');
    expect(calls).toEqual(['first start', 'second start', 'first drain', 'second drain', 'second dispose', 'first dispose']);
    expect(machine.state.state).toBe('stopped');
  });

  test('pause drains first, and is paused only once running segments have ended', async () => {
    const { machine, first, states } = setup();
    await machine.start();
    first.inFlight = 1;
    const pausing = machine.pause({ reason: 'heat', text: 'Too hot' });
    await vi.waitFor(() => expect(machine.state.state).toBe('draining'));
    expect(machine.state).toMatchObject({ reason: 'heat', text: 'Too hot', inFlight: 1 });
    first.finish();
    await pausing;
    expect(states.map((s) => s.state)).toEqual(['running', 'draining', 'paused']);
  });

  test('a role that does not end is given up at the deadline', async () => {
    const { machine, first } = setup(50);
    await machine.start();
    first.inFlight = 1;
    await machine.pause({ reason: 'user', text: 'Paused by you' });
    expect(machine.state.state).toBe('paused');
  });

  test('a pause during a pause changes only what is shown, and keeps since when it has been paused', async () => {
    const { machine, calls } = setup();
    await machine.start();
    await machine.pause({ reason: 'schedule', text: 'The schedule is closed', automatic: true, resumeAtMs: 5 });
    const { sinceMs } = machine.state;
    calls.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 5));
    await machine.pause({ reason: 'user', text: 'Paused by you', also: ['The schedule is closed'] });
    expect(machine.state).toEqual({
      state: 'paused',
      sinceMs,
      inFlight: 0,
      reason: 'user',
      text: 'Paused by you',
      also: ['The schedule is closed'],
    });
    expect(calls).toEqual([]);
  });

  test('a start that is to be paused starts the roles with the first resume', async () => {
    const { machine, calls } = setup();
    await machine.start({ reason: 'battery', text: 'On battery', automatic: true });
    expect(machine.state).toMatchObject({ state: 'paused', reason: 'battery', automatic: true });
    expect(calls).toEqual([]);
    await machine.resume();
    expect(machine.state.state).toBe('running');
    expect(calls).toEqual(['first start', 'second start']);
  });

  test('nothing resumes after stop', async () => {
    const { machine } = setup();
    await machine.start();
    await machine.stop('shutdown', 'The machine shuts down');
    await expect(machine.resume()).rejects.toThrow('The engine has stopped');
    await expect(machine.pause({ reason: 'user', text: '' })).rejects.toThrow('The engine has stopped');
  });

  test('exchange drains and releases the old roles before the new ones are made', async () => {
    const { calls, states, machine } = setup();
    await machine.start();
    calls.length = 0;
    await machine.exchange(
      'new settings',
      async () => {
        calls.push('make');
        return [new RecordingRole('third', calls)];
      },
      async () => [],
    );
    expect(calls).toEqual(['first drain', 'second drain', 'second dispose', 'first dispose', 'make', 'third start']);
    expect(states.slice(-2).map(({ state }) => state)).toEqual(['draining', 'running']);
    expect(states.at(-2)).toMatchObject({ reason: 'settings', text: 'new settings' });
  });

  test('exchange waits for what runs', async () => {
    const { calls, first, machine } = setup();
    await machine.start();
    first.inFlight = 1;
    const exchanged = machine.exchange(
      'new settings',
      async () => [],
      async () => [],
    );
    await vi.waitFor(() => expect(calls).toContain('second drain'));
    expect(calls).not.toContain('first dispose');
    first.finish();
    await exchanged;
    expect(calls).toContain('first dispose');
  });

  test('exchange falls back to other roles when the new ones cannot be made or started, and says why', async () => {
    const { calls, machine } = setup();
    await machine.start();
    const broken = new RecordingRole('broken', calls);
    broken.start = async () => {
      throw new Error('port taken');
    };
    const before = async () => [new RecordingRole('before', calls)];
    await expect(machine.exchange('a', async () => [broken], before)).rejects.toThrow('port taken');
    expect(calls.slice(-2)).toEqual(['broken dispose', 'before start']);
    expect(machine.state.state).toBe('running');
    const nothing = async () => {
      throw new Error('nothing works');
    };
    await expect(machine.exchange('b', nothing, nothing)).rejects.toThrow('nothing works');
    expect(machine.state).toMatchObject({ state: 'stopped', reason: 'error', text: 'nothing works' });
  });

  test('roles exchanged during a pause start with the resume, and the next resume only resumes them', async () => {
    const { calls, machine } = setup();
    await machine.start();
    await machine.pause({ reason: 'user', text: '' });
    calls.length = 0;
    await machine.exchange(
      'a',
      async () => [new RecordingRole('third', calls)],
      async () => [],
    );
    expect(calls).toEqual(['second dispose', 'first dispose']);
    expect(machine.state.state).toBe('paused');
    await machine.resume();
    await machine.pause({ reason: 'user', text: '' });
    await machine.resume();
    expect(calls.slice(2)).toEqual(['third start', 'third drain', 'third resume']);
  });

  test('hold: roles rest while the action runs, and work on afterwards', async () => {
    const { machine, states, calls } = setup();
    await machine.start();
    await machine.hold('Measuring', async () => {
      expect(machine.state).toMatchObject({ state: 'paused', reason: 'settings', text: 'Measuring' });
    });
    expect(states.map((s) => s.state)).toEqual(['running', 'draining', 'paused', 'running']);
    expect(calls.slice(2)).toEqual(['first drain', 'second drain', 'first resume', 'second resume']);
  });

  test('hold: a pause ends it at once, and what was paused stays paused', async () => {
    const { machine } = setup();
    await machine.start();
    const held = machine.hold('Measuring', (signal) => {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await vi.waitFor(() => expect(machine.state.state).toBe('paused'));
    const pausing = machine.pause({ reason: 'gpu-needed', text: 'A game needs the GPU' });
    await expect(held).rejects.toMatchObject({ code: 'aborted' });
    await pausing;
    expect(machine.state).toMatchObject({ state: 'paused', reason: 'gpu-needed' });
    await machine.hold('Measuring', async () => {});
    expect(machine.state).toMatchObject({ state: 'paused', reason: 'gpu-needed' });
  });
});

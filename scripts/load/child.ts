import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';

/** Longest wait for a child's answer, milliseconds. */
const ANSWER_TIMEOUT_MS = 30_000;

/** A child process of the load script that answers each order that wants one with one message. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;

  constructor(file: string, environment: NodeJS.ProcessEnv = {}) {
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...environment },
    });
  }

  tell(order: unknown): void {
    this.#process.send(order as never);
  }

  /** Sends an order and waits for the answer. Rejects when the child ends first or stays silent. */
  async ask<T>(schema: z.ZodType<T>, order?: unknown): Promise<T> {
    const settled = new AbortController();
    const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    const answer = once(this.#process, 'message', { signal });
    const ended = once(this.#process, 'exit', { signal }).then(([code]): never => {
      throw new Error(`a process of the load test ended with ${code}`);
    });
    if (order !== undefined) this.tell(order);
    try {
      const [message] = await Promise.race([answer, ended]);
      return schema.parse(message);
    } finally {
      // Both stop listening.
      for (const waiting of [answer, ended]) waiting.catch(() => {});
      settled.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}

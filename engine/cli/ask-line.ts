import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { EngineError } from '../base/errors.ts';
import type { Terminal } from './terminal.ts';

/** What is asked for. */
export interface AskLineParameters {
  /** Shown before the cursor. */
  readonly prompt: string;
  /** Not shown while typing. */
  readonly hidden: boolean;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

const MAX_BYTES = 8192;

/**
 * Something that belongs on no command line (a code, a token): asked for, or all of standard input when that is a pipe.
 * @throws EngineError bad-request when nothing comes
 */
export async function askLine({ prompt, hidden, terminal, signal }: AskLineParameters): Promise<string> {
  const text = (terminal.stdin.isTTY ? await ask(prompt, hidden, terminal, signal) : await piped(terminal)).trim();
  if (text !== '') return text;
  throw new EngineError({
    code: 'bad-request',
    message: 'nothing was given',
    nextStep: 'Type or paste it when asked, or pipe it into this command.',
  });
}

async function ask(prompt: string, hidden: boolean, terminal: Terminal, signal: AbortSignal): Promise<string> {
  // readline echoes into a stream that swallows everything; the prompt itself is written past it.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: terminal.stdin, output: hidden ? nowhere : terminal.stderr, terminal: true });
  try {
    if (hidden) terminal.stderr.write(`${prompt} (not shown while you type): `);
    return await lines.question(hidden ? '' : `${prompt}: `, { signal });
  } finally {
    lines.close();
    if (hidden) terminal.stderr.write('\n');
  }
}

async function piped(terminal: Terminal): Promise<string> {
  let text = '';
  for await (const chunk of terminal.stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_BYTES) break;
  }
  return text;
}

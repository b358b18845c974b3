import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { EngineError } from '../base/errors.ts';
import type { Output } from './output.ts';
import type { Terminal } from './terminal.ts';

/** The ways in which a secret can be given, surest last. */
export interface SecretOptions {
  /** `--secret`: on the command line, which other users of the machine can see. */
  readonly secret?: string | undefined;
  /** `--secret-file`; `-` reads standard input. */
  readonly secretFile?: string | undefined;
}

const MAX_SECRET_BYTES = 4096;

/**
 * Gets a secret from the options, else by asking (not shown while typing), else, when standard input is a pipe, from
 * there. Undefined when there is none of these.
 * @throws EngineError bad-request, config-unreadable
 */
export async function readSecret(
  options: SecretOptions,
  terminal: Terminal,
  output: Output,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (options.secret !== undefined && options.secretFile !== undefined) {
    throw new EngineError({ code: 'bad-request', message: 'give --secret or --secret-file, not both' });
  }
  if (options.secret !== undefined) {
    output.warn('a secret on the command line can be seen by other users of this machine; --secret-file or typing it is safer');
    return checked(options.secret);
  }
  if (options.secretFile !== undefined && options.secretFile !== '-') return checked(await fromFile(options.secretFile));
  if (options.secretFile === undefined && terminal.stdin.isTTY) return checked(await ask(terminal, signal));
  if (options.secretFile === '-' || !terminal.stdin.isTTY) {
    const text = await fromStream(terminal.stdin);
    return options.secretFile === undefined && text.trim() === '' ? undefined : checked(text);
  }
  return undefined;
}

function checked(text: string): string {
  const secret = text.replace(/^\uFEFF/, '').replace(/[\r\n]+$/, '');
  if (secret !== '' && secret.length <= MAX_SECRET_BYTES && !/[\r\n]/.test(secret)) return secret;
  const problem = secret === '' ? 'is empty' : secret.length > MAX_SECRET_BYTES ? 'is too long' : 'has several lines';
  throw new EngineError({
    code: 'bad-request',
    message: `the secret ${problem}`,
    nextStep: 'It is one line, as the operator of the orchestrator gave it out.',
  });
}

async function fromFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new EngineError({
      code: 'config-unreadable',
      message: `the secret file ${file} could not be read (${error.code ?? 'unknown error'})`,
      nextStep: 'Check the path, and that this user may read the file.',
    });
  });
}

async function fromStream(stream: NodeJS.ReadStream): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_SECRET_BYTES + 2) break;
  }
  return text;
}

async function ask(terminal: Terminal, signal: AbortSignal): Promise<string> {
  // readline echoes into a stream that swallows everything; the prompt itself is written past it.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: terminal.stdin, output: nowhere, terminal: true });
  try {
    terminal.stderr.write('Secret of the orchestrator (not shown while you type): ');
    return await lines.question('', { signal });
  } finally {
    lines.close();
    terminal.stderr.write('\n');
  }
}

import { styleText } from 'node:util';

/** The outside of a command: where it writes and reads. Tests hand in their own. */
export interface Terminal {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stdin: NodeJS.ReadStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Emphasis that a text can have; colour never carries meaning alone. */
export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

/** Styles text for a stream if that is a terminal and the person has not said no (https://no-color.org). */
export function styled(stream: { readonly isTTY?: boolean }, env: Terminal['env'], style: Style, text: string): string {
  const wanted = env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return wanted ? styleText(style, text, { validateStream: false }) : text;
}

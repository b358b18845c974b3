/** What the shell says about the engine's process, in English. Another language is another object of the same shape. */
export const engineTextEn = {
  crashed: (code: string) => `The engine ended unexpectedly (${code}).`,
  exitCode: (code: number) => `exit code ${code}`,
  signal: (name: string) => `signal ${name}`,
  notStarted: 'it could not be started',
  hung: (seconds: number) => `The engine did not answer for ${seconds} seconds, so it was ended.`,
  neverReady: (seconds: number) => `The engine was not ready within ${seconds} seconds, so it was ended.`,
  gaveUp: (reason: string, times: number) => `${reason} It failed ${times} times in a row.`,
  gaveUpNextStep:
    'Read the last lines below, then start it again. If it ends again, restart this machine, and report the lines to the project.',
  wrongVersion: (engine: string, app: string) => `The engine is version ${engine}, but this app is version ${app}.`,
  wrongVersionNextStep: 'Install Siphon again: an update was probably interrupted halfway.',
  startAgain: 'Correct it, then start the engine again.',
};

/** The shape every language has. */
export type EngineText = typeof engineTextEn;

/** What decides on the command. */
export interface StartCommandParameters {
  readonly packaged: boolean;
  /** `process.execPath` */
  readonly program: string;
  /** Folder of an app that is not packaged. */
  readonly appPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** This run was started without Chromium's sandbox: where that was needed, it is needed at log-in too. */
  readonly withoutSandbox: boolean;
}

/** The command that starts this copy of Siphon hidden in the tray, see {@link ownCommand}. */
export function startCommand(parameters: StartCommandParameters): readonly string[] {
  return [...ownCommand(parameters), '--hidden'];
}

/**
 * The command that starts this copy of Siphon. An AppImage and Windows' portable program run from a
 * temporary folder, so the file that the person has is named instead.
 */
export function ownCommand({ packaged, program, appPath, env, withoutSandbox }: StartCommandParameters): readonly string[] {
  // Variables are inherited: what another program's AppImage left there is not about this one.
  const fromImage = env.APPDIR !== undefined && program.startsWith(`${env.APPDIR}/`);
  const file = (fromImage ? env.APPIMAGE : undefined) ?? env.PORTABLE_EXECUTABLE_FILE;
  const own = packaged ? (file ?? program) : program;
  return [own, ...(withoutSandbox ? ['--no-sandbox'] : []), ...(packaged ? [] : [appPath])];
}

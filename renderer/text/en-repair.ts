import type { CheckStatus } from '../../engine/api/diagnostics.ts';
import { count } from './count.ts';
import type { Formats } from './formats.ts';

/** English texts of the repair page, and of what problem cards offer. */
export const repairEn = {
  title: 'Repair',
  standing: 'What stands in the way',
  nothing: 'Nothing stands in the way.',

  /** What Siphon does about a problem by itself, by the id of the fix. */
  fixes: {
    'look-again': 'Look for GPUs again',
    'check-again': 'Check again',
    'shorten-history': 'Make room: forget the older half of the history',
    'keep-port': 'Use this port from now on',
    'other-port': 'Use another port',
    'settings-in-use': 'Go back to the settings in use',
  } as Readonly<Record<string, string>>,
  working: 'Working on it…',
  joinAgain: 'Join again',
  openSettings: 'Open the settings',
  driverPage: 'NVIDIA’s driver page',
  clockPage: 'How to set the clock',

  checks: 'Check everything',
  checksText: 'Driver, encoder, disk, ports, clock and the way to the orchestrator. Nothing is changed.',
  run: 'Check now',
  runAgain: 'Check again',
  running: 'Checking…',
  cancel: 'Cancel',
  status: { ok: 'fine', warn: 'could be better', fail: 'must be mended', skipped: 'does not apply here' } as Readonly<
    Record<CheckStatus, string>
  >,
  verdict: {
    ok: 'Everything is fine.',
    warn: 'It works; some things could be better.',
    fail: 'Something must be mended first.',
    skipped: 'Nothing was checked.',
  } as Readonly<Record<CheckStatus, string>>,
  titles: {} as Readonly<Record<string, string>>,

  bundle: 'For somebody who helps you',
  bundleText:
    'One archive with the log, the checks, the settings and the state. Secrets, keys, links that carry them, network addresses and your name are taken out. Siphon sends it nowhere: look at it, keep it, and give it to whom you trust.',
  gather: 'Gather it',
  gathering: 'Gathering…',
  redacted: (value: number, formats: Formats) => `${count(formats, value, 'place was', 'places were')} taken out.`,
  files: 'Files in it',
  preview: (name: string) => `Contents of ${name}`,
  include: (name: string) => `Put ${name} into the archive`,
  keep: 'Keep the archive…',
  kept: 'The archive is kept.',
  noFiles: 'Choose at least one file.',
  local: 'Crash reports stay on this machine, and Siphon sends no telemetry.',
};

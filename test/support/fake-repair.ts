import type { RepairApi } from '../../engine/api/diagnostics.ts';

/** Repair of a pretended engine: one check of each kind, a small bundle. */
export function fakeRepair(): RepairApi {
  return {
    doctor: async () => ({
      verdict: 'fail',
      checks: [
        { id: 'ffmpeg', title: 'FFmpeg', status: 'ok', text: 'FFmpeg 8.0 loads and works.' },
        {
          id: 'disk-space',
          title: 'Disk space',
          status: 'warn',
          text: '1.4 GiB free where /srv/siphon lies.',
          nextStep: 'Free some space, or move the data folder with --data-dir.',
        },
        {
          id: 'clock',
          title: 'Clock',
          status: 'fail',
          text: "The clock is 4 minutes ahead of the orchestrator's.",
          nextStep: 'Turn on time synchronisation: `sudo timedatectl set-ntp true`.',
        },
        { id: 'orchestrator', title: 'Way to the orchestrator', status: 'skipped', text: 'No orchestrator is set.' },
      ],
    }),
    bundle: async () => ({
      name: 'siphon-diagnostics-20261103-120000',
      redacted: 3,
      files: [
        { name: 'doctor.txt', text: '✓ FFmpeg  FFmpeg 8.0 loads and works.\n' },
        { name: 'settings.json', text: '{\n  "config": { "orchestratorSecret": "[removed]" }\n}\n' },
        { name: 'log.txt', text: '2026-11-03T12:00:00.000Z info  engine started\n' },
      ],
    }),
    fix: async () => ({ text: 'Looked again: it is fine now.' }),
  };
}

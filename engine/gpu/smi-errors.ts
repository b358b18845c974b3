import type { ErrorCode } from '../api/errors.ts';
import { EngineError } from '../base/errors.ts';

/** Why `nvidia-smi` gave no table. */
export type SmiFailureKind =
  | 'not-found'
  | 'driver-not-running'
  | 'driver-mismatch'
  | 'no-devices'
  | 'gpu-lost'
  | 'permission'
  | 'hung'
  | 'unreadable';

/** The operating systems whose words differ. */
export type Platform = 'win32' | 'linux';

/** `nvidia-smi` failed in a way that is known; `kind` is for code, the message for people. */
export class SmiError extends EngineError {
  readonly kind: SmiFailureKind;

  constructor(kind: SmiFailureKind, platform: Platform, output = '') {
    const words = WORDS[kind];
    super({
      code: words.code,
      message: words.message(output),
      nextStep: words.nextStep[platform],
      details: { kind, output: output.slice(0, 2_000) },
    });
    this.name = 'SmiError';
    this.kind = kind;
  }
}

/** The two families the engine runs on; anything else is worded like Linux. */
export function currentPlatform(): Platform {
  return process.platform === 'win32' ? 'win32' : 'linux';
}

/**
 * Recognises what `nvidia-smi` printed instead of a table. Return codes are documented in its man page: 9 driver not
 * loaded, 12 NVML library not found, 15 GPU fallen off the bus, 4 no permission; 18 is NVML's library/driver mismatch.
 */
export function recogniseFailure(output: string, exitCode: number | undefined): SmiFailureKind {
  if (/Driver\/library version mismatch/i.test(output) || exitCode === 18) return 'driver-mismatch';
  if (
    /couldn't communicate with the NVIDIA driver|Driver Not Loaded|NVML Shared Library couldn't be found|Couldn't find the nvml/i.test(
      output,
    )
  )
    return 'driver-not-running';
  if (/Failed to initialize NVML: (?:Unknown Error|Not Found|GPU access blocked)/i.test(output)) return 'driver-not-running';
  if (/Insufficient Permissions|permission denied|No permission/i.test(output) || exitCode === 4) return 'permission';
  if (/GPU is lost|fallen off the bus|Unable to determine the device handle/i.test(output) || exitCode === 15) return 'gpu-lost';
  if (/No devices (?:were )?found/i.test(output)) return 'no-devices';
  if (exitCode === 9 || exitCode === 12) return 'driver-not-running';
  return 'unreadable';
}

interface Words {
  readonly code: ErrorCode;
  readonly message: (output: string) => string;
  readonly nextStep: Readonly<Record<Platform, string>>;
}

const DRIVER_PAGE = 'https://www.nvidia.com/drivers';

const WORDS: Readonly<Record<SmiFailureKind, Words>> = {
  'not-found': {
    code: 'gpu-driver-missing',
    message: () => 'The NVIDIA driver is not installed: its tool nvidia-smi was not found on this computer.',
    nextStep: {
      win32: `Install the NVIDIA driver for your card from ${DRIVER_PAGE}, then restart the computer.`,
      linux: "Install your distribution's NVIDIA driver package (on Ubuntu: `sudo ubuntu-drivers install`), then reboot.",
    },
  },
  'driver-not-running': {
    code: 'gpu-driver-missing',
    message: () => 'The NVIDIA driver is installed but not running, so the card cannot be used.',
    nextStep: {
      win32: `Restart the computer. If it stays like this, reinstall the driver from ${DRIVER_PAGE} with "clean installation" ticked.`,
      linux:
        'Reboot. If it stays like this, the driver does not match the kernel: reinstall the NVIDIA driver package, and with Secure Boot on enrol its signing key (`sudo mokutil --list-enrolled` shows the enrolled ones).',
    },
  },
  'driver-mismatch': {
    code: 'gpu-driver-mismatch',
    message: (output) => {
      const version = /NVML library version:\s*([\d.]+)/.exec(output)?.[1];
      return `The NVIDIA driver was updated${version === undefined ? '' : ` to ${version}`} while the old one was still running, so the two no longer fit together.`;
    },
    nextStep: {
      win32: 'Restart the computer.',
      linux:
        'Reboot. (Without a reboot: stop everything that uses the card, then `sudo rmmod nvidia_uvm nvidia_drm nvidia_modeset nvidia` and `sudo modprobe nvidia`.)',
    },
  },
  'no-devices': {
    code: 'gpu-none',
    message: () => 'The NVIDIA driver runs but sees no card that it can use.',
    nextStep: {
      win32:
        'Open Device Manager > Display adapters: enable the card if it is disabled, and check its power cables. A very old card needs an older driver than the one installed.',
      linux:
        'Check that the card is seated and powered (`lspci | grep -i nvidia`). `sudo dmesg | grep -i nvrm` tells why the driver refuses it; a very old card needs an older driver.',
    },
  },
  'gpu-lost': {
    code: 'gpu-lost',
    message: () =>
      'A card stopped answering the driver ("fallen off the bus"). Usual causes are heat, power, a riser cable or overclocking.',
    nextStep: {
      win32: 'Restart the computer. If it comes back, undo overclocking, and check power cables, riser and temperature.',
      linux:
        'Reboot. If it comes back, undo overclocking, and check power cables, riser and temperature; `sudo dmesg | grep -i xid` tells more.',
    },
  },
  permission: {
    code: 'gpu-unreadable',
    message: () => 'This user account may not use the NVIDIA card.',
    nextStep: {
      win32: 'Run Siphon as a user who may use the display driver, or start it once as administrator.',
      linux: 'Give this user access to /dev/nvidia* (often: `sudo usermod -aG video,render $USER`, then log in again).',
    },
  },
  hung: {
    code: 'gpu-unreadable',
    message: () => 'The NVIDIA driver does not answer: nvidia-smi hung and was stopped.',
    nextStep: {
      win32: 'Wait a minute and look again; if it stays, restart the computer.',
      linux: 'Wait a minute and look again; if it stays, reboot. `sudo dmesg | grep -iE "xid|nvrm"` tells what the driver met.',
    },
  },
  unreadable: {
    code: 'gpu-unreadable',
    message: (output) => {
      const first = output.split(/\r?\n/).find((line) => line.trim() !== '');
      return first === undefined
        ? "The driver's tool nvidia-smi gave no answer that can be read."
        : `The driver's tool nvidia-smi gave no answer that can be read. It said: "${first.trim().slice(0, 200)}"`;
    },
    nextStep: {
      win32: 'Run nvidia-smi in a terminal to see what it says; reinstalling the NVIDIA driver usually mends it.',
      linux: 'Run `nvidia-smi` in a terminal to see what it says; reinstalling the NVIDIA driver usually mends it.',
    },
  },
};

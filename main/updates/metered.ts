import { execFile } from 'node:child_process';

/** Milliseconds that asking the system may take. */
const LIMIT_MS = 5000;

/** NetworkManager's answer (NMMetered): 1 = yes, 3 = guessed yes. */
const NETWORK_MANAGER = [
  'get-property',
  'org.freedesktop.NetworkManager',
  '/org/freedesktop/NetworkManager',
  'org.freedesktop.NetworkManager',
  'Metered',
] as const;

/** Windows Runtime's answer (NetworkCostType): Unrestricted = 1, Fixed = 2, Variable = 3. */
const WINDOWS = `[void][Windows.Networking.Connectivity.NetworkInformation,Windows.Networking.Connectivity,ContentType=WindowsRuntime]
$p=[Windows.Networking.Connectivity.NetworkInformation]::GetInternetConnectionProfile()
if($p){[int]$p.GetConnectionCost().NetworkCostType}else{0}`;

/** Whether the way to the internet is metered; undefined where the system doesn't say. Never rejects. */
export async function isMetered(platform: string): Promise<boolean | undefined> {
  if (platform === 'linux') return readNetworkManager(await answer('busctl', NETWORK_MANAGER));
  if (platform === 'win32')
    return readWindowsCost(await answer('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', WINDOWS]));
  return undefined;
}

/** Reads `busctl get-property`'s answer, e.g. `u 4`. */
export function readNetworkManager(text: string | undefined): boolean | undefined {
  const value = /^u (\d)\s*$/.exec(text ?? '')?.[1];
  if (value === '1' || value === '3') return true;
  return value === '2' || value === '4' ? false : undefined;
}

/** Reads Windows' NetworkCostType. */
export function readWindowsCost(text: string | undefined): boolean | undefined {
  const value = /^\s*(\d)\s*$/.exec(text ?? '')?.[1];
  if (value === '2' || value === '3') return true;
  return value === '1' ? false : undefined;
}

function answer(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: LIMIT_MS, windowsHide: true, maxBuffer: 4096 }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    );
  });
}

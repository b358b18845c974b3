import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Where Linux tells about power supplies. */
const POWER_SUPPLIES = '/sys/class/power_supply';

/**
 * What Linux says about the battery, for engines without a desktop shell: `none` on a machine without one, undefined where it
 * cannot be read (Windows, a container). Batteries of mice and keyboards (`scope` Device) do not count.
 */
export async function readBattery(folder: string = POWER_SUPPLIES): Promise<'mains' | 'battery' | 'none' | undefined> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return undefined;
  }
  const supplies = await Promise.all(
    names.map(async (name) => ({
      type: await attribute(folder, name, 'type'),
      scope: await attribute(folder, name, 'scope'),
      online: await attribute(folder, name, 'online'),
      status: await attribute(folder, name, 'status'),
    })),
  );
  const mains = supplies.filter(
    ({ type, scope }) => scope !== 'Device' && (type === 'Mains' || type === 'USB' || type === 'USB_C'),
  );
  const batteries = supplies.filter(({ type, scope }) => type === 'Battery' && scope !== 'Device');
  if (batteries.length === 0) return 'none';
  if (mains.some(({ online }) => online === '1')) return 'mains';
  // Some machines list no mains supply that tells: then the battery itself does.
  return batteries.some(({ status }) => status === 'Discharging') ? 'battery' : 'mains';
}

async function attribute(folder: string, name: string, what: string): Promise<string | undefined> {
  try {
    return (await readFile(path.join(folder, name, what), 'utf8')).trim();
  } catch {
    return undefined;
  }
}

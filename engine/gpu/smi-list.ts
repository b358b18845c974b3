/** A MIG slice as `nvidia-smi -L` lists it under its card. */
export interface MigSlice {
  /** UUID of the card it is cut from. */
  readonly parentUuid: string;
  /** `MIG-…`; before driver 470 `MIG-GPU-…/gi/ci`. */
  readonly uuid: string;
  /** e.g. `3g.40gb`. */
  readonly profile: string;
}

/** Reads `nvidia-smi -L`: the MIG slices of all cards, in order. */
export function parseMigSlices(text: string): readonly MigSlice[] {
  const slices: MigSlice[] = [];
  let parentUuid: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const uuid = /\(UUID:\s*([^)\s]+)\)/.exec(line)?.[1];
    if (uuid === undefined) continue;
    if (/^GPU\s+\d+:/.test(line)) parentUuid = uuid;
    const profile = /^\s+MIG\s+(\S+)\s+Device\s+\d+:/.exec(line)?.[1];
    if (profile !== undefined && parentUuid !== undefined) slices.push({ parentUuid, uuid, profile });
  }
  return slices;
}

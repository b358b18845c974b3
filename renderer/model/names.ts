/** Frame rate that needs no mention. */
const USUAL_FPS = '30';

/**
 * Short label of a rendition's profile: the network's preset names (`P720p30fps16x9`, go-livepeer's and lpms' presets)
 * become `720p`, with the frame rate when it is not 30 and the shape when it is not 16:9. Other names stay.
 */
export function profileLabel(name: string): string {
  const preset = /^P(\d+)p(\d+)fps(\d+)x(\d+)$/.exec(name);
  if (!preset) return name;
  const [, height = '', fps = '', wide = '', high = ''] = preset;
  const shape = wide === '16' && high === '9' ? '' : ` ${wide}:${high}`;
  return `${height}p${fps === USUAL_FPS ? '' : fps}${shape}`;
}

/** A GPU's name without its maker: `RTX 4090`. */
export function shortName(name: string): string {
  return name.replace(/^NVIDIA\s+(GeForce\s+)?/, '');
}

/** `orchestrator.example:8935` from a service URI; the text itself when it is none. */
export function hostOf(serviceUri: string): string {
  try {
    return new URL(serviceUri).host || serviceUri;
  } catch {
    return serviceUri;
  }
}

/** An Ethereum address in short, `0x3bbe…c580`; any other text as it is. */
export function shortAddress(address: string): string {
  return /^0x[0-9a-fA-F]{40}$/.test(address) ? `${address.slice(0, 6)}…${address.slice(-4)}` : address;
}

/** A planar 4:2:0 picture to paint into. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
  readonly strides: readonly [number, number, number];
}

/** Segments lit per digit, bits a–g from the least significant. */
const DIGITS = [0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f];

const TURN = 1024;
const SINE = Float32Array.from({ length: TURN }, (_, i) => Math.sin((2 * Math.PI * i) / TURN));

function sine(turns: number): number {
  return SINE[Math.floor((turns - Math.floor(turns)) * TURN) & (TURN - 1)] ?? 0;
}

/**
 * Paints one frame of the practice clip: slow aurora-like waves, a ball in orbit, the running time and frame number in
 * seven-segment digits. `phase` goes from 0 to 1 over the clip and the picture at 1 equals that at 0, so the clip loops.
 */
export function paint(planes: Planes, phase: number, label: string): void {
  paintWaves(planes, phase);
  paintBall(planes, phase);
  paintLabel(planes, label);
}

function paintWaves({ width, height, y, u, v, strides }: Planes, phase: number): void {
  const across = new Float32Array(width);
  const slow = new Float32Array(width);
  for (let x = 0; x < width; x++) {
    across[x] = sine((1.5 * x) / width + 2 * phase);
    slow[x] = sine((0.6 * x) / width - phase);
  }
  for (let row = 0; row < height; row++) {
    const at = row / height;
    const drift = at * 1.25 + 0.1 * sine(at + 2 * phase);
    const fade = 70 + 40 * (1 - at);
    const base = row * strides[0];
    // A fine fixed weave gives the encoder texture to keep, as a camera's picture would.
    const weave = (row * 7) % 11;
    for (let x = 0; x < width; x++) {
      const wave = sine(drift + 0.18 * (across[x] ?? 0) + 0.1 * (slow[x] ?? 0));
      y[base + x] = fade + 46 * wave + ((x * 5 + weave * 3) % 9);
    }
  }
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  for (let row = 0; row < halfHeight; row++) {
    const at = row / halfHeight;
    for (let x = 0; x < halfWidth; x++) {
      const hue = (slow[Math.min(width - 1, 2 * x)] ?? 0) * 0.12 + at * 0.3 + 0.06 * sine(phase);
      u[row * strides[1] + x] = 136 + 26 * sine(0.1 + hue);
      v[row * strides[2] + x] = 108 + 24 * sine(0.45 + hue);
    }
  }
}

function paintBall({ width, height, y, u, v, strides }: Planes, phase: number): void {
  const radius = Math.max(4, Math.min(width, height) / 11);
  const centreX = width * (0.5 + 0.34 * sine(2 * phase));
  const centreY = height * (0.45 + 0.24 * sine(3 * phase + 0.25));
  for (let row = Math.max(0, Math.floor(centreY - radius)); row < Math.min(height, centreY + radius); row++) {
    for (let x = Math.max(0, Math.floor(centreX - radius)); x < Math.min(width, centreX + radius); x++) {
      const distance = Math.hypot(x - centreX, row - centreY) / radius;
      if (distance > 1) continue;
      const light = Math.hypot(x - centreX + radius * 0.35, row - centreY + radius * 0.35) / radius;
      y[row * strides[0] + x] = Math.max(70, 228 - 90 * light);
      u[(row >> 1) * strides[1] + (x >> 1)] = 92;
      v[(row >> 1) * strides[2] + (x >> 1)] = 168;
    }
  }
}

function paintLabel(planes: Planes, label: string): void {
  const unit = Math.max(1, Math.floor(Math.min(planes.width / 16, planes.height / 8) / 16));
  const glyph = 10 * unit;
  let left = Math.floor((planes.width - label.length * glyph) / 2);
  const top = planes.height - 24 * unit;
  box(planes, left - 3 * unit, top - 3 * unit, label.length * glyph + 4 * unit, 22 * unit, 24);
  for (const character of label) {
    if (character >= '0' && character <= '9') digit(planes, left, top, unit, DIGITS[Number(character)] ?? 0);
    else if (character === ':') {
      box(planes, left + 3 * unit, top + 4 * unit, 2 * unit, 2 * unit, 225);
      box(planes, left + 3 * unit, top + 10 * unit, 2 * unit, 2 * unit, 225);
    }
    left += glyph;
  }
}

function digit(planes: Planes, left: number, top: number, unit: number, lit: number): void {
  const bars = [
    [1, 0, 6, 2],
    [6, 1, 2, 7],
    [6, 8, 2, 7],
    [1, 14, 6, 2],
    [0, 8, 2, 7],
    [0, 1, 2, 7],
    [1, 7, 6, 2],
  ];
  bars.forEach(([x = 0, y = 0, w = 0, h = 0], index) => {
    if (lit & (1 << index)) box(planes, left + x * unit, top + y * unit, w * unit, h * unit, 225);
  });
}

function box({ width, height, y, u, v, strides }: Planes, left: number, top: number, w: number, h: number, luma: number): void {
  const right = Math.min(width, left + w);
  for (let row = Math.max(0, top); row < Math.min(height, top + h); row++) {
    y.fill(luma, row * strides[0] + Math.max(0, left), row * strides[0] + right);
    const from = Math.max(0, left) >> 1;
    const to = (right + 1) >> 1;
    u.fill(128, (row >> 1) * strides[1] + from, (row >> 1) * strides[1] + to);
    v.fill(128, (row >> 1) * strides[2] + from, (row >> 1) * strides[2] + to);
  }
}

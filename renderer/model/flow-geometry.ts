/** A point in pixels of the diagram. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/** One pipe of the diagram. */
interface Pipe {
  /** SVG path. */
  readonly path: string;
  /** Points along it, from start to end: the way of a drop. */
  readonly points: readonly Point[];
}

/** Points per curve: enough that straight pieces between them look round. */
const STEPS = 10;

/** Where everything of the flow diagram goes, in pixels. */
export interface FlowGeometry {
  readonly layout: 'wide' | 'tall';
  readonly width: number;
  readonly height: number;
  readonly dial: Point & { readonly radius: number };
  /** Centre of the two vessels: where segments come from, and where renditions go. */
  readonly inlet: Point;
  readonly outlet: Point;
  readonly vessel: { readonly width: number; readonly height: number };
  /** From the inlet's vessel to the dial. */
  readonly inPipe: Pipe;
  /** One per rendition, from the dial to the outlet's vessel. */
  readonly outPipes: readonly Pipe[];
  /** Where each rendition's name goes. */
  readonly strandLabels: readonly Point[];
  /** Where the hop labels go (their centres). */
  readonly downloadLabel: Point;
  readonly uploadLabel: Point;
}

/** From this width on the way runs from left to right; below, from top to bottom. */
export const WIDE_FROM = 620;

/** Strands drawn at most; more renditions than this share the last one. */
export const STRANDS_MAX = 5;

/** Surface of the liquid in a vessel, `level` of its height (0–1) from the bottom, as a closed SVG path from its top left. */
export function liquidPath(width: number, height: number, level: number): string {
  const top = round(height * (1 - level));
  const quarter = round(width / 4);
  return `M0,${top} q${round(quarter / 2)},-7 ${quarter},0 t${quarter},0 t${quarter},0 t${quarter},0 V${height} H0 Z`;
}

/** Lays the diagram out for a width in pixels and a number of renditions. */
export function flowGeometry(width: number, renditions: number): FlowGeometry {
  const strands = Math.max(1, Math.min(STRANDS_MAX, renditions));
  return width >= WIDE_FROM ? wide(width, strands) : tall(width, strands);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A cubic Bézier curve: start, two handles, end. */
type Curve = readonly [Point, Point, Point, Point];

/** A curve that leaves and arrives along `axis`. */
function curve(from: Point, to: Point, axis: 'x' | 'y', ease = 0.5): Curve {
  const span = (to[axis] - from[axis]) * ease;
  return axis === 'x'
    ? [from, { x: from.x + span, y: from.y }, { x: to.x - span, y: to.y }, to]
    : [from, { x: from.x, y: from.y + span }, { x: to.x, y: to.y - span }, to];
}

function text(point: Point | undefined): string {
  return point ? `${round(point.x)},${round(point.y)}` : '';
}

/** Points on a curve at even steps of its parameter, without its end. */
function sample([from, first, second, to]: Curve): readonly Point[] {
  return Array.from({ length: STEPS }, (_, index) => {
    const t = index / STEPS;
    const u = 1 - t;
    const mix = (axis: 'x' | 'y') =>
      u * u * u * from[axis] + 3 * u * u * t * first[axis] + 3 * u * t * t * second[axis] + t * t * t * to[axis];
    return { x: round(mix('x')), y: round(mix('y')) };
  });
}

/** A pipe along curves that follow one another. */
function pipe(...curves: readonly Curve[]): Pipe {
  const path = curves.map(([, first, second, to]) => `C${text(first)} ${text(second)} ${text(to)}`).join(' ');
  const end = curves.at(-1)?.[3];
  return { path: `M${text(curves[0]?.[0])} ${path}`, points: [...curves.flatMap(sample), ...(end ? [end] : [])] };
}

function wide(width: number, strands: number): FlowGeometry {
  const height = 232;
  const vessel = { width: Math.min(206, Math.round(width * 0.2)), height: 92 };
  const radius = 88;
  const dial = { x: round(width / 2), y: 112, radius };
  const low = 178;
  const inlet = { x: vessel.width / 2, y: low };
  const outlet = { x: width - vessel.width / 2, y: low };
  // The pipes end under the dial's rim.
  const reach = radius - 2;
  const from = { x: vessel.width, y: low };
  const intoDial = { x: dial.x - reach, y: dial.y };
  const outOfDial = { x: dial.x + reach, y: dial.y };
  const end = { x: width - vessel.width, y: low };
  const middle = { x: (outOfDial.x + end.x) / 2, y: (dial.y + low) / 2 };
  const gap = strands > 1 ? Math.min(27, 108 / (strands - 1)) : 0;
  const places = Array.from({ length: strands }, (_, index) => index - (strands - 1) / 2);
  return {
    layout: 'wide',
    width,
    height,
    dial,
    inlet,
    outlet,
    vessel,
    inPipe: pipe(curve(from, intoDial, 'x')),
    outPipes: places.map((place) => {
      const a = { x: outOfDial.x, y: outOfDial.y + place * 5 };
      const b = { x: middle.x, y: middle.y + place * gap };
      const c = { x: end.x, y: end.y + place * 7 };
      return strands === 1 ? pipe(curve(a, c, 'x')) : pipe(curve(a, b, 'x', 0.55), curve(b, c, 'x', 0.55));
    }),
    strandLabels: places.map((place) => ({ x: middle.x, y: middle.y + place * gap })),
    downloadLabel: { x: (from.x + intoDial.x) / 2 - 14, y: 88 },
    uploadLabel: { x: (outOfDial.x + end.x) / 2 + 16, y: 52 },
  };
}

function tall(width: number, strands: number): FlowGeometry {
  const vessel = { width: Math.min(width, 280), height: 74 };
  const radius = 84;
  const dial = { x: round(width / 2), y: 256, radius };
  const inlet = { x: width / 2, y: vessel.height / 2 };
  const outlet = { x: width / 2, y: 528 };
  // The pipes end under the dial's rim.
  const reach = radius - 2;
  const from = { x: width / 2 - 60, y: vessel.height };
  const intoDial = { x: dial.x, y: dial.y - reach };
  const outOfDial = { x: dial.x, y: dial.y + reach };
  const end = { x: width / 2, y: outlet.y - vessel.height / 2 };
  const middle = { x: width / 2, y: (outOfDial.y + end.y) / 2 + 12 };
  const gap = strands > 1 ? Math.min(62, (width - 60) / (strands - 1)) : 0;
  const places = Array.from({ length: strands }, (_, index) => index - (strands - 1) / 2);
  return {
    layout: 'tall',
    width,
    height: outlet.y + vessel.height / 2,
    dial,
    inlet,
    outlet,
    vessel,
    inPipe: pipe(curve(from, intoDial, 'y')),
    outPipes: places.map((place) => {
      const a = { x: outOfDial.x + place * 5, y: outOfDial.y };
      const b = { x: middle.x + place * gap, y: middle.y };
      const c = { x: end.x + place * 14, y: end.y };
      return strands === 1 ? pipe(curve(a, c, 'y')) : pipe(curve(a, b, 'y', 0.55), curve(b, c, 'y', 0.55));
    }),
    strandLabels: places.map((place) => ({ x: middle.x + place * gap, y: middle.y })),
    downloadLabel: { x: width / 2 + 62, y: 106 },
    uploadLabel: { x: width / 2 + 76, y: 374 },
  };
}

/** Arc of a ring for `share` of the circle from `start` (both 0–1), as dash lengths of a circle with that circumference. */
export function arcDash(
  share: number,
  startShare: number,
  circumference: number,
): { readonly array: string; readonly offset: number } {
  const length = Math.max(0, Math.min(1, share)) * circumference;
  return { array: `${round(length)} ${round(circumference - length)}`, offset: round(-startShare * circumference) };
}

import { z } from 'zod';

const RectangleSchema = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
/** Device-independent pixels. */
export type Rectangle = z.infer<typeof RectangleSchema>;

/** What is kept of the window between starts. */
export const WindowFileSchema = z.object({ bounds: RectangleSchema, maximised: z.boolean() });

/** Size of a new window, and the smallest one: the page works from 360 px on. */
const FIRST = { width: 1180, height: 820 };
const SMALLEST = { width: 360, height: 480 };

/** How much of the window must be on a screen for a person to find and drag it. */
const VISIBLE = { width: 120, height: 60 };

/**
 * Where the window goes: where it was, as long as enough of it is on a screen there is now; otherwise centred on the first
 * screen. Never larger than the screen it is on (a scale that changed, a smaller monitor).
 */
export function placeWindow(kept: Rectangle | undefined, screens: readonly Rectangle[]): Rectangle {
  const screen = kept ? screens.find((candidate) => isReachable(kept, candidate)) : undefined;
  const on = screen ?? screens[0];
  if (!on) return { x: 0, y: 0, ...FIRST };
  const wanted = screen && kept ? kept : FIRST;
  const width = Math.min(Math.max(SMALLEST.width, wanted.width), on.width);
  const height = Math.min(Math.max(SMALLEST.height, wanted.height), on.height);
  if (screen && kept) return { x: Math.round(kept.x), y: Math.round(Math.max(kept.y, on.y)), width, height };
  return {
    x: Math.round(on.x + (on.width - width) / 2),
    y: Math.round(on.y + (on.height - height) / 2),
    width,
    height,
  };
}

function isReachable(window: Rectangle, screen: Rectangle): boolean {
  const width = Math.min(window.x + window.width, screen.x + screen.width) - Math.max(window.x, screen.x);
  // The title bar is what one drags: it must not be above the screen, nor below its end.
  const top = window.y >= screen.y - VISIBLE.height / 2 && window.y + VISIBLE.height <= screen.y + screen.height;
  return width >= VISIBLE.width && top;
}

/** The smallest size of the window. */
export const SMALLEST_WINDOW = SMALLEST;

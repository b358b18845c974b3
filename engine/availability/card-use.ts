import type { GpuProcess } from '../gpu/gpu-processes.ts';
import type { CardUse } from './facts.ts';

/** What a card's sensors say about all programs together, percent; null = not told. */
export interface CardLoad {
  readonly corePercent: number | null;
  readonly encoderPercent: number | null;
}

/** Programs that draw the desktop itself: they never count as somebody who needs the card. */
const DESKTOP =
  /^(xorg|xwayland|gnome-shell|mutter|kwin_x11|kwin_wayland|plasmashell|ksmserver|cinnamon|compiz|sway|hyprland|niri|weston|xfwm4|picom|budgie-wm|dwm\.exe|explorer\.exe|csrss\.exe|winlogon\.exe|sihost\.exe|textinputhost\.exe|shellexperiencehost\.exe|startmenuexperiencehost\.exe|searchhost\.exe|lockapp\.exe)$/i;

/**
 * Percent of a card's cores that one stream of ours is taken to use (decoding, scaling) where the driver does not tell what each
 * process uses. Rather too much than too little: ours must not look like somebody else's.
 */
const OWN_PERCENT_PER_STREAM = 12;

/**
 * What programs that are not ours use of one card: the larger of their shares of its cores and its encoder. Where the driver
 * tells no shares of single processes, what the card as a whole does beyond our own streams counts, and the answer says so.
 */
export function useByOthers(
  processes: readonly GpuProcess[],
  isOurs: (pid: number) => boolean,
  load: CardLoad,
  ownStreams: number,
): CardUse {
  const told = processes.some(({ corePercent, encoderPercent }) => corePercent !== null || encoderPercent !== null);
  const quiet = load.corePercent !== null && load.corePercent < 10;
  if (!told && !quiet) return estimate(processes, isOurs, load, ownStreams);
  const others = processes.filter(({ pid, name }) => !isOurs(pid) && !DESKTOP.test(name));
  const share = ({ corePercent, encoderPercent }: GpuProcess) => Math.max(corePercent ?? 0, encoderPercent ?? 0);
  const core = others.reduce((sum, each) => sum + (each.corePercent ?? 0), 0);
  const encoder = others.reduce((sum, each) => sum + (each.encoderPercent ?? 0), 0);
  const [first] = [...others].sort((a, b) => share(b) - share(a));
  const percent = Math.min(100, Math.max(core, encoder));
  if (first === undefined || percent === 0) return { percent };
  return { percent, program: first.name, graphics: first.graphics };
}

function estimate(
  processes: readonly GpuProcess[],
  isOurs: (pid: number) => boolean,
  { corePercent }: CardLoad,
  ownStreams: number,
): CardUse {
  if (corePercent === null) return { percent: null };
  const percent = Math.max(0, corePercent - ownStreams * OWN_PERCENT_PER_STREAM);
  const candidates = processes.filter(({ pid, name }) => !isOurs(pid) && !DESKTOP.test(name));
  const [only] = candidates;
  return {
    percent,
    // With one candidate there is nobody else it could be.
    ...(candidates.length === 1 && only ? { program: only.name, graphics: only.graphics } : {}),
    uncertain: 'The driver does not tell what each program uses, so the share is an estimate.',
  };
}

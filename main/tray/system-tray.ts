import { Menu, type NativeImage, Tray } from 'electron';
import { Paced } from '../paced.ts';
import type { TrayText } from '../text/tray-en.ts';
import { type TrayAction, type TrayLine, trayMenu, trayTooltip } from './tray-menu.ts';
import { type TrayFacts, type TrayState, trayStateOf } from './tray-state.ts';

/** What a {@link SystemTray} is made with. */
export interface SystemTrayParameters {
  readonly images: ReadonlyMap<TrayState, NativeImage>;
  readonly facts: () => TrayFacts;
  readonly text: () => TrayText;
  readonly onAction: (action: TrayAction) => void;
}

/** A new state shows within this, milliseconds: a drain counts down ten times a second. */
const STATE_REST_MS = 500;

/** Counts and temperatures follow at this pace, milliseconds: a menu is made anew for each change, and nobody reads faster. */
const VALUES_REST_MS = 10_000;

/** A menu counts as closed after this, milliseconds, since not every panel tells. */
const OPEN_LIMIT_MS = 30_000;

/** The icon in the tray, its tooltip and its menu; each is touched only when it really changes. */
export class SystemTray implements Disposable {
  readonly #parameters: SystemTrayParameters;
  readonly #paced = new Paced(() => this.#render());
  #tray: Tray;
  #shown: { state: TrayState; tooltip: string; menu: string; urgent: string } | undefined;
  #openUntilMs = 0;

  constructor(parameters: SystemTrayParameters) {
    this.#parameters = parameters;
    this.#tray = this.#make();
    this.#render();
  }

  /** Something may have changed. Cheap: asked ten times a second while work runs. */
  refresh(): void {
    const { facts, text } = this.#parameters;
    const urgent = urgentPart(trayStateOf(facts()), trayMenu(facts(), text()));
    this.#paced.run(urgent === this.#shown?.urgent ? VALUES_REST_MS : STATE_REST_MS);
  }

  /** Puts the icon up again, for a panel that has come since. */
  remake(): void {
    this.#tray.destroy();
    this.#shown = undefined;
    this.#tray = this.#make();
    this.#render();
  }

  [Symbol.dispose](): void {
    this.#paced[Symbol.dispose]();
    this.#tray.destroy();
  }

  #make(): Tray {
    const { images, facts, onAction } = this.#parameters;
    const image = images.get(trayStateOf(facts()));
    if (!image) throw new Error('the picture of the tray is missing');
    const tray = new Tray(image);
    tray.on('click', () => onAction('open'));
    return tray;
  }

  #render(): void {
    const { images, facts, text } = this.#parameters;
    const now = facts();
    const state = trayStateOf(now);
    const tooltip = trayTooltip(now, text());
    const lines = trayMenu(now, text());
    const menu = JSON.stringify(lines);
    const before = this.#shown;
    const image = images.get(state);
    if (image && state !== before?.state) this.#tray.setImage(image);
    if (tooltip !== before?.tooltip) this.#tray.setToolTip(tooltip);
    // A menu that is open is not changed under the pointer.
    const open = performance.now() < this.#openUntilMs;
    if (menu !== before?.menu && !open) this.#setMenu(lines);
    this.#shown = { state, tooltip, menu: open ? (before?.menu ?? '') : menu, urgent: urgentPart(state, lines) };
  }

  #setMenu(lines: readonly TrayLine[]): void {
    const { onAction } = this.#parameters;
    const menu = Menu.buildFromTemplate(
      lines.map((line): Electron.MenuItemConstructorOptions => {
        if (line.kind === 'separator') return { type: 'separator' };
        if (line.kind === 'text') return { id: line.id, label: line.label, enabled: false };
        return { id: line.id, label: line.label, enabled: line.enabled, click: () => onAction(line.id) };
      }),
    );
    menu.on('menu-will-show', () => {
      this.#openUntilMs = performance.now() + OPEN_LIMIT_MS;
    });
    menu.on('menu-will-close', () => {
      this.#openUntilMs = 0;
      this.#paced.run(0);
    });
    this.#tray.setContextMenu(menu);
  }
}

/** What may not wait: everything but the numbers of today and the temperatures. */
function urgentPart(state: TrayState, lines: readonly TrayLine[]): string {
  return JSON.stringify([state, lines.filter((line) => line.kind !== 'text' || line.id === 'status')]);
}

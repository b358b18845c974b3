import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type BusAnswer, type BusCall, BusClient, startBus, type TestBus } from './dbus.ts';

const run = promisify(execFile);

const WATCHER = 'org.kde.StatusNotifierWatcher';
const NOTIFICATIONS = 'org.freedesktop.Notifications';
const ITEM = 'org.kde.StatusNotifierItem';
const MENU = 'com.canonical.dbusmenu';

/** Why there can be no panel here; empty when there can. */
export const MISSING_PANEL = ['/usr/bin/dbus-daemon', '/usr/bin/gdbus'].every((file) => existsSync(file))
  ? ''
  : ' (skipped: no D-Bus)';

/** A line of a tray icon's menu, as the panel is given it. */
export interface PanelMenuLine {
  readonly id: number;
  readonly label: string;
  readonly enabled: boolean;
}

/** A notification that was shown. */
export interface PanelNotification {
  readonly id: number;
  readonly title: string;
  readonly body: string;
}

/**
 * The panel of a desktop, as apps see one: shows tray icons (StatusNotifierItem) with their menus (DBusMenu) and notifications,
 * on a session bus of its own. Clicks go the way they go on KDE and GNOME.
 */
export class DesktopPanel implements AsyncDisposable {
  readonly #bus: TestBus;
  #client!: BusClient;
  readonly #items: string[] = [];
  readonly notifications: PanelNotification[] = [];

  private constructor(bus: TestBus) {
    this.#bus = bus;
  }

  /** Starts the bus and what is on it; without `tray` there is nobody who shows icons, as on GNOME without its extension. */
  static async start({ tray }: { readonly tray: boolean }): Promise<DesktopPanel> {
    const panel = new DesktopPanel(await startBus());
    panel.#client = await BusClient.connect(panel.#bus.address, (call) => panel.#answer(call));
    await panel.#client.own(NOTIFICATIONS);
    if (tray) await panel.showTray();
    return panel;
  }

  /** Variables for the app's process. */
  get env(): Readonly<Record<string, string>> {
    return { DBUS_SESSION_BUS_ADDRESS: this.#bus.address, XDG_CURRENT_DESKTOP: 'GNOME', XDG_SESSION_TYPE: 'x11' };
  }

  /** Bus names of the icons that registered, oldest first. */
  get items(): readonly string[] {
    return this.#items;
  }

  showTray(): Promise<void> {
    return this.#client.own(WATCHER);
  }

  /** The icon's property as gdbus prints it. */
  async property(name: string): Promise<string> {
    const item = await this.#item();
    return this.#call(item, '/StatusNotifierItem', 'org.freedesktop.DBus.Properties.Get', ITEM, name);
  }

  /** The picture of the icon as it is now, a PNG. Electron hands it over as a file of an icon theme. */
  async icon(): Promise<Buffer> {
    const text = async (name: string) => (await this.property(name)).match(/'([^']*)'/)?.[1] ?? '';
    return readFileSync(path.join(await text('IconThemePath'), `${await text('IconName')}.png`));
  }

  /** Counts how often the menu was changed. */
  async menuRevision(): Promise<number> {
    const text = await this.#call(await this.#item(), await this.#menuPath(), `${MENU}.GetLayout`, '0', '0', '@as []');
    return Number(text.match(/uint32 (\d+)/)?.[1]);
  }

  /** The icon's menu. */
  async menu(): Promise<readonly PanelMenuLine[]> {
    const item = await this.#item();
    const text = await this.#call(item, await this.#menuPath(), `${MENU}.GetLayout`, '0', '-1', '@as []');
    const lines = [...text.matchAll(/<\((\d+), (?:@a\{sv\} )?\{([^}]*)\}/g)];
    return lines.map(([, id, properties = '']) => ({
      id: Number(id),
      label: (properties.match(/'label': <(?:'([^']*)'|"([^"]*)")>/)?.slice(1) ?? []).find((label) => label !== undefined) ?? '',
      enabled: !/'enabled': <false>/.test(properties),
    }));
  }

  /** Clicks a line of the menu; rejects when there is no such line that can be clicked. */
  async click(label: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const line = (await this.menu()).find((candidate) => candidate.label === label);
      if (!line?.enabled) throw new Error(`the menu has no line "${label}" to click`);
      const event = [String(line.id), "'clicked'", '<0>', 'uint32 0'];
      try {
        await this.#call(await this.#item(), await this.#menuPath(), `${MENU}.Event`, ...event);
        return;
      } catch (error) {
        // The app made its menu anew in between: a panel would have been told, and would show the new one.
        if (tries === 5 || !/error occurred in Event/.test(String(error))) throw error;
      }
    }
  }

  /** Clicks a notification. */
  clickNotification(id: number): void {
    this.#client.signal('/org/freedesktop/Notifications', NOTIFICATIONS, 'ActionInvoked', 'us', (writer) =>
      writer.uint32(id).string('default'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
    await this.#bus[Symbol.asyncDispose]();
  }

  async #item(): Promise<string> {
    for (const limit = Date.now() + 20_000; Date.now() < limit; await sleep(50)) {
      const item = this.#items.at(-1);
      if (item !== undefined) return item;
    }
    throw new Error('no tray icon registered');
  }

  async #menuPath(): Promise<string> {
    return (await this.property('Menu')).match(/'(\/[^']*)'/)?.[1] ?? '/MenuBar';
  }

  async #call(destination: string, path: string, method: string, ...args: readonly string[]): Promise<string> {
    const command = ['call', '--session', '--dest', destination, '--object-path', path, '--method', method, '--', ...args];
    const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: this.#bus.address };
    return (await run('gdbus', command, { env, timeout: 10_000 })).stdout;
  }

  #answer({ sender, member, body }: BusCall): BusAnswer {
    const nothing = { signature: '', write: () => {} };
    switch (member) {
      case 'RegisterStatusNotifierItem': {
        const service = body.string();
        this.#items.push(service.startsWith('/') ? sender : service);
        return nothing;
      }
      case 'Get':
        return { signature: 'v', write: (writer) => writer.variant('b', true) };
      case 'GetCapabilities':
        return {
          signature: 'as',
          write: (writer) => writer.array(4, () => void writer.string('actions').string('body')),
        };
      case 'GetServerInformation':
        return {
          signature: 'ssss',
          write: (writer) => writer.string('panel').string('siphon tests').string('1').string('1.2'),
        };
      case 'Notify': {
        body.string();
        body.uint32();
        body.string();
        const id = this.notifications.length + 1;
        this.notifications.push({ id, title: body.string(), body: body.string() });
        return { signature: 'u', write: (writer) => writer.uint32(id) };
      }
      case 'CloseNotification':
        return nothing;
      default:
        return undefined;
    }
  }
}

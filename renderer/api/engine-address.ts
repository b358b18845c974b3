import type { DesktopBridge } from '../../engine/api/desktop.ts';

/** Where the engine is reached and what opens it. */
export interface EngineAddress {
  /** Base of the engine's HTTP addresses (previews), ending in `/`. */
  readonly httpUrl: string;
  readonly wsUrl: string;
  /** Bearer token; null = this page was opened without one. */
  readonly token: string | null;
}

declare global {
  interface Window {
    readonly siphon?: DesktopBridge;
  }
}

const STORAGE_KEY = 'siphon.token';

/**
 * Finds the engine: through the desktop bridge when there is one, otherwise at the address this page came from with the
 * token of the link's fragment (`#token=…`). The token leaves the address bar at once and stays in this tab's storage.
 */
export async function engineAddress(): Promise<EngineAddress> {
  if (window.siphon) {
    const { httpUrl, token } = await window.siphon.engine();
    return addressOf(httpUrl, token);
  }
  const { token, rest } = splitToken(location.hash);
  if (token !== null) {
    rememberToken(token);
    history.replaceState(history.state, '', `${location.pathname}${location.search}${rest}`);
  }
  return addressOf(location.origin, token ?? storedToken());
}

/** Addresses below an origin; `http` becomes `ws`, `https` becomes `wss`. */
export function addressOf(origin: string, token: string | null): EngineAddress {
  const httpUrl = new URL('/', origin).href;
  return { httpUrl, wsUrl: `${httpUrl.replace(/^http/, 'ws')}trpc`, token };
}

/** Takes `token=…` out of a fragment; `rest` is the fragment without it, empty or starting with `#`. */
export function splitToken(fragment: string): { readonly token: string | null; readonly rest: string } {
  const parts = fragment.replace(/^#/, '').split('&');
  const found = parts.find((part) => part.startsWith('token='));
  const rest = parts.filter((part) => part !== found && part !== '').join('&');
  const token = found === undefined ? null : decode(found.slice('token='.length)).trim();
  return { token: token === '' ? null : token, rest: rest === '' ? '' : `#${rest}` };
}

/** The token in what a person pasted: a whole link, its fragment, or the bare token; null when there is none. */
export function tokenFromPaste(text: string): string | null {
  const trimmed = text.trim();
  const hash = trimmed.indexOf('#');
  if (hash >= 0) return splitToken(trimmed.slice(hash)).token;
  if (trimmed.startsWith('token=')) return splitToken(trimmed).token;
  return /^[\w.~+/=-]{8,}$/.test(trimmed) && !/^https?:/.test(trimmed) ? trimmed : null;
}

/** Keeps the token for this tab; a browser without storage asks again after a reload. */
export function rememberToken(token: string): void {
  try {
    sessionStorage.setItem(STORAGE_KEY, token);
  } catch {
    // Storage may be switched off; the token then lives as long as the page.
  }
}

function storedToken(): string | null {
  try {
    return sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

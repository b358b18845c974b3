import { addressOf, type EngineAddress, engineAddress, rememberToken } from '../api/engine-address.ts';
import { createEngineClient } from '../api/engine-client.ts';
import { createEngineStore, followEngine } from '../store/engine-store.ts';
import type { Engine } from './engine-context.tsx';

/** Connects the page to its engine: client, store, and the watch that feeds it. Without a token nothing is tried. */
export function startEngine(address: EngineAddress): Engine {
  const events = createEngineStore((publish) => requestAnimationFrame(publish));
  const client = createEngineClient(() => address, events.push);
  if (address.token === null) {
    client.close();
    events.push({ kind: 'no-token' });
  } else {
    followEngine(client, events);
  }
  return { address, client, events };
}

/** The same inside the app: the shell says where the engine is, as soon as there is one, and again after each of its starts. */
export function startDesktopEngine(): Engine {
  let address = addressOf(location.origin, null);
  const find = async () => {
    address = await engineAddress();
    return address;
  };
  const events = createEngineStore((publish) => requestAnimationFrame(publish));
  const client = createEngineClient(find, events.push, { renew: true });
  // For who measures how long a start takes.
  const stop = events.store.subscribe(({ live }) => {
    if (!live.snapshot) return;
    performance.mark('siphon-live');
    stop();
  });
  followEngine(client, events);
  return {
    get address() {
      return address;
    },
    client,
    events,
  };
}

/** Starts the page over with another token. */
export function restartWithToken(token: string): void {
  rememberToken(token);
  location.reload();
}

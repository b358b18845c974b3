/** Objects kept per folder; the oldest makes room (go-livepeer's in-memory store). */
const OBJECTS_PER_FOLDER = 12;

/** Folders per session besides its root; a job has 10 profiles at most, and may change them. The oldest makes room. */
const FOLDERS_PER_SESSION = 32;

/** Bytes of a session's renditions; beyond it the oldest go before their folder is full. */
const RENDITION_BYTES_PER_SESSION = 512 * 1024 * 1024;

/** Where segments lie for transcoders until they are done: never dropped to make room for renditions. */
const ROOT = '';

interface SessionObjects {
  readonly folders: Map<string, Map<string, Uint8Array>>;
  /** Bytes outside the root. */
  renditionBytes: number;
}

/** Limits of an {@link ObjectStore}; tests make them small. */
export interface ObjectStoreParameters {
  readonly renditionBytesPerSession?: number;
}

/** Where segments wait for transcoders, and renditions for gateways. In memory, per session, bounded in every direction. */
export class ObjectStore {
  readonly #sessions = new Map<string, SessionObjects>();
  readonly #maxRenditionBytes: number;
  #bytes = 0;

  constructor({ renditionBytesPerSession = RENDITION_BYTES_PER_SESSION }: ObjectStoreParameters = {}) {
    this.#maxRenditionBytes = renditionBytesPerSession;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Stores an object under `<session>/<path>`; the same path is overwritten, the folder's oldest is dropped when it is full. */
  put(sessionId: string, path: string, data: Uint8Array): void {
    const { folder, name } = split(path);
    const session = getOrAdd(this.#sessions, sessionId, (): SessionObjects => ({ folders: new Map(), renditionBytes: 0 }));
    const objects = getOrAdd(session.folders, folder, () => new Map<string, Uint8Array>());
    this.#remove(session, folder, name);
    objects.set(name, data);
    this.#count(session, folder, data.length);
    const oldest = firstKey(objects);
    if (objects.size > OBJECTS_PER_FOLDER && oldest !== undefined) this.#remove(session, folder, oldest);
    this.#makeRoom(session, folder);
  }

  get(sessionId: string, path: string): Uint8Array | undefined {
    const { folder, name } = split(path);
    return this.#sessions.get(sessionId)?.folders.get(folder)?.get(name);
  }

  /** Drops one object; unknown ones are ignored. */
  remove(sessionId: string, path: string): void {
    const { folder, name } = split(path);
    const session = this.#sessions.get(sessionId);
    if (session) this.#remove(session, folder, name);
  }

  /** Drops everything of a session. */
  endSession(sessionId: string): void {
    for (const objects of this.#sessions.get(sessionId)?.folders.values() ?? []) {
      for (const data of objects.values()) this.#bytes -= data.length;
    }
    this.#sessions.delete(sessionId);
  }

  /** Drops the oldest folder when there are too many, and the oldest renditions when they are too large; never the newest of a folder. */
  #makeRoom(session: SessionObjects, justUsed: string): void {
    const { folders } = session;
    for (const [folder, objects] of folders) {
      if (folders.size <= FOLDERS_PER_SESSION + 1) break;
      if (folder === ROOT || folder === justUsed) continue;
      for (const name of [...objects.keys()]) this.#remove(session, folder, name);
      folders.delete(folder);
    }
    for (const [folder, objects] of folders) {
      while (session.renditionBytes > this.#maxRenditionBytes && folder !== ROOT && objects.size > 1) {
        this.#remove(session, folder, firstKey(objects) ?? '');
      }
    }
  }

  #remove(session: SessionObjects, folder: string, name: string): void {
    const objects = session.folders.get(folder);
    const data = objects?.get(name);
    if (!objects || data === undefined) return;
    this.#count(session, folder, -data.length);
    objects.delete(name);
  }

  #count(session: SessionObjects, folder: string, bytes: number): void {
    this.#bytes += bytes;
    if (folder !== ROOT) session.renditionBytes += bytes;
  }
}

function firstKey(map: ReadonlyMap<string, unknown>): string | undefined {
  for (const key of map.keys()) return key;
  return undefined;
}

function split(path: string): { folder: string; name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(slash, 0)), name: path.slice(slash + 1) };
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** Objects kept per folder; the oldest makes room (go-livepeer's in-memory store). */
const OBJECTS_PER_FOLDER = 12;

/** Where segments wait for transcoders, and renditions for gateways. In memory, per session, bounded per folder. */
export class ObjectStore {
  readonly #sessions = new Map<string, Map<string, Map<string, Uint8Array>>>();
  #bytes = 0;

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Stores an object under `<session>/<path>`; the same path is overwritten, the folder's oldest is dropped when it is full. */
  put(sessionId: string, path: string, data: Uint8Array): void {
    const { folder, name } = split(path);
    const folders = getOrAdd(this.#sessions, sessionId, () => new Map<string, Map<string, Uint8Array>>());
    const objects = getOrAdd(folders, folder, () => new Map<string, Uint8Array>());
    this.#remove(objects, name);
    objects.set(name, data);
    this.#bytes += data.length;
    if (objects.size > OBJECTS_PER_FOLDER) {
      for (const oldest of objects.keys()) {
        this.#remove(objects, oldest);
        break;
      }
    }
  }

  get(sessionId: string, path: string): Uint8Array | undefined {
    const { folder, name } = split(path);
    return this.#sessions.get(sessionId)?.get(folder)?.get(name);
  }

  /** Drops one object; unknown ones are ignored. */
  remove(sessionId: string, path: string): void {
    const { folder, name } = split(path);
    const objects = this.#sessions.get(sessionId)?.get(folder);
    if (objects) this.#remove(objects, name);
  }

  /** Drops everything of a session. */
  endSession(sessionId: string): void {
    for (const objects of this.#sessions.get(sessionId)?.values() ?? []) {
      for (const data of objects.values()) this.#bytes -= data.length;
    }
    this.#sessions.delete(sessionId);
  }

  #remove(objects: Map<string, Uint8Array>, name: string): void {
    const data = objects.get(name);
    if (data === undefined) return;
    this.#bytes -= data.length;
    objects.delete(name);
  }
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

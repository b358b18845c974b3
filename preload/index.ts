// The bridge between the page and the desktop shell: passes on, decides nothing. Runs in the sandbox.
import { contextBridge, ipcRenderer } from 'electron';
import type { DesktopBridge, DesktopRequest, DesktopState } from '../engine/api/desktop.ts';

/** The same as main/ipc.ts's CommandAnswer. */
type CommandAnswer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

function listen<T>(channel: string, listener: (value: T) => void): () => void {
  const onMessage = (_event: unknown, value: T): void => listener(value);
  ipcRenderer.on(channel, onMessage);
  return () => void ipcRenderer.removeListener(channel, onMessage);
}

const bridge: DesktopBridge = {
  engine: () => ipcRenderer.invoke('siphon:engine'),
  state: () => ipcRenderer.invoke('siphon:state'),
  onState: (listener) => listen<DesktopState>('siphon:state-changed', listener),
  onRequest: (listener) => {
    const stop = listen<DesktopRequest>('siphon:request', listener);
    void ipcRenderer.invoke('siphon:listening');
    return stop;
  },
  run: async (command, argument) => {
    const answer = (await ipcRenderer.invoke('siphon:run', command, argument)) as CommandAnswer;
    if (!answer.ok) throw new Error(answer.message);
    return answer.value;
  },
};

contextBridge.exposeInMainWorld('siphon', bridge);

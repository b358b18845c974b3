import { createServer } from 'node:net';
import { type Check, errnoOf } from './check.ts';

/** A port that the engine is going to listen on. */
export interface PortCheckParameters {
  /** What it is for, e.g. "Local API". */
  readonly purpose: string;
  readonly host: string;
  readonly port: number;
  /** True when this very engine is running now and may hold it. */
  readonly engineRunning?: boolean;
}

/** Can the port be listened on? It is opened for a moment and closed. */
export function portCheck({ purpose, host, port, engineRunning = false }: PortCheckParameters): Check {
  return {
    id: `port-${port}`,
    title: `${purpose} port`,
    run: async () => {
      const errno = await tryListen(host, port);
      if (errno === '') return { status: 'ok', text: `${host}:${port} is free.` };
      if (errno === 'EADDRINUSE' && engineRunning)
        return { status: 'ok', text: `${host}:${port} is used by the running engine.` };
      if (errno === 'EADDRINUSE') {
        return {
          status: 'fail',
          text: `${host}:${port} is used by another program.`,
          nextStep:
            process.platform === 'win32'
              ? `Find it with \`netstat -ano | findstr :${port}\` and end it, or set another port.`
              : `Find it with \`ss -ltnp 'sport = :${port}'\` and end it, or set another port.`,
        };
      }
      if (errno === 'EACCES') {
        return {
          status: 'fail',
          text: `${host}:${port} may not be used by this program.`,
          nextStep:
            process.platform === 'win32'
              ? 'Windows may have reserved it (`netsh interface ipv4 show excludedportrange protocol=tcp`): set another port.'
              : 'Ports below 1024 need special rights: set a higher one.',
        };
      }
      if (errno === 'EADDRNOTAVAIL' || errno === 'ENOTFOUND') {
        return {
          status: 'fail',
          text: `${host} is no address of this computer.`,
          nextStep: 'Listen on 127.0.0.1, or on an address that this computer has.',
        };
      }
      return { status: 'fail', text: `${host}:${port} cannot be listened on (${errno}).`, nextStep: 'Set another port.' };
    },
  };
}

/** The error code of listening there; empty when it works. */
function tryListen(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(errnoOf(error) || error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('')));
  });
}

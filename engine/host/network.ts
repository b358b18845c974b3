import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Names of interfaces that lead to containers and virtual machines of this computer only. */
const INNER = /^(docker|br-|veth|virbr|vmnet|vEthernet)/;

/**
 * This machine's addresses in its networks, likeliest first: IPv4, then IPv6; link-local ones and those of containers are left out.
 * Loopback when it has none.
 */
export function ownAddresses(): readonly [string, ...string[]] {
  const all = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    INNER.test(name) ? [] : (addresses ?? []).filter(({ internal }) => !internal),
  );
  const four = all.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
  const six = all.filter(({ family, address }) => family === 'IPv6' && !/^fe80:/i.test(address)).map(({ address }) => address);
  const [first, ...more] = [...four.filter((address) => !address.startsWith('169.254.')), ...six].slice(0, 6);
  return first === undefined ? ['127.0.0.1'] : [first, ...more];
}

/** A port of an address on which nobody listens now. Rejects with the system's error. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject).listen({ port: 0, host }, () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
  });
  return await promise;
}

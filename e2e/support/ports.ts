import { createServer } from 'node:net';

/** Ports of the hosts under test. */
export interface Ports {
  /** `vite preview`, with the headers of isolation. */
  readonly preview: number;
  /** A static host that sends no headers of ours. */
  readonly bare: number;
  /** A static host that obeys public/_headers. */
  readonly headers: number;
}

const VARIABLE = 'PEERLANE_E2E_PORTS';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const place = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (place === null || typeof place === 'string') throw new Error(`not a TCP address: ${place}`);
  return place.port;
}

/** Free ports, the same for every process of one run: the configuration is read by each of them. */
export async function reservePorts(): Promise<Ports> {
  const chosen = process.env[VARIABLE]?.split(',').map(Number) ?? [
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  process.env[VARIABLE] = chosen.join(',');
  const [preview, bare, headers] = chosen;
  if (preview === undefined || bare === undefined || headers === undefined)
    throw new Error(`${VARIABLE}: three ports are needed`);
  return { preview, bare, headers };
}

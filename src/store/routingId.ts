import type { Bdf } from '../base/units.ts';
import { bdf } from '../core/pcie/bdf.ts';

const ANY_BDF = /^[0-9a-f]+:([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/;

/** The routing ID in `0000:03:00.0`. */
export function routingIdOf(text: string | undefined): Bdf | undefined {
  const parts = ANY_BDF.exec(text ?? '');
  if (parts === null) return undefined;
  const [, bus = '0', device = '0', fn = '0'] = parts;
  return bdf(Number.parseInt(bus, 16), Number.parseInt(device, 16), Number(fn));
}

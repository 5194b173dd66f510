/*
 * Dumps made for this project, in the project: a fresh clone has them.
 *
 *   00:01.0 root port ─ 01:00.0 switch ─┬─ 02:00.0 ─ 03:00.0 GPU, idle: its link runs at 2.5 GT/s
 *                                       ├─ 02:01.0 ─ 04:00.0 NVMe drive with a memory buffer
 *                                       └─ 02:02.0 ─ 05:00.0 NIC, an x16 card in an x8 port
 *
 * IOMMU on: every port redirects. Serial numbers and the MAC address are invented.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'samples');

/** Text of `tests/support/samples/NAME`. */
export function sample(name: 'small-server.xxxx.txt' | 'small-server.vvv.txt'): string {
  return readFileSync(join(folder, name), 'utf8');
}

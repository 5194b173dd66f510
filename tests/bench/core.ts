/* The core's benchmarks, each beside a baseline timed in the same run. */
import type { BenchRow } from './benchRow.ts';
import { run as runChain } from './core/chainBench.ts';
import { run as runCopies } from './core/copyBench.ts';
import { run as runEventQueue } from './core/eventQueueBench.ts';
import { run as runPeerPath } from './core/peerPathBench.ts';
import { run as runTravel } from './core/travelBench.ts';

export async function run(): Promise<BenchRow[]> {
  return [...runEventQueue(), ...(await runChain()), ...(await runPeerPath()), ...runCopies(), ...runTravel()];
}

/*
 * A job of one leg: the engine always has work queued, and reports at the end of each batch only.
 */
import { KIB, MIB } from '../../../base/units.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import type { EngineDriver } from '../drivers/engineDriver.ts';
import { type Chunk, type JobParts, accept, cpuWork, driverOf, engineWork } from './legRun.ts';

/** Bytes of one descriptor; where several jobs share an engine's ring, less, so that they take turns. */
const PIECE_BYTES = MIB;
const SHARED_PIECE_BYTES = 64 * KIB;
/** Descriptors of one batch; two batches are under way. */
const BATCH = 16;
const SHARED_BATCH = 2;
const BATCHES = 2;

function chunkAt(parts: JobParts, offset: number): Chunk {
  const { bytes } = parts.plan.order;
  const lengthBytes = Math.min(parts.isShared ? SHARED_PIECE_BYTES : PIECE_BYTES, bytes - offset);
  return { offset, lengthBytes, fromStage: undefined, toStage: undefined, isLast: offset + lengthBytes === bytes };
}

/** Runs the only leg of a job to its end, its failure, or until it is stopped. */
export function* runDirect(parts: JobParts): HostProcess<void> {
  const driver = driverOf(parts, 0);
  if (driver === undefined) yield* runByCpu(parts);
  else yield* runByEngine(parts, driver);
}

function* runByCpu(parts: JobParts): HostProcess<void> {
  const { bytes } = parts.plan.order;
  for (let offset = 0; offset < bytes && !parts.control.isStopped;) {
    const chunk = chunkAt(parts, offset);
    yield* cpuWork(parts, 0, chunk);
    parts.record.doneBytes += chunk.lengthBytes;
    offset += chunk.lengthBytes;
  }
}

function* runByEngine(parts: JobParts, driver: EngineDriver): HostProcess<void> {
  const { completion } = parts;
  const { bytes } = parts.plan.order;
  const underWay: { readonly sequence: number; readonly bytes: number }[] = [];
  let offset = 0;
  while (offset < bytes || underWay.length > 0) {
    while (offset < bytes && underWay.length < BATCHES && !parts.control.isStopped) {
      const begin = offset;
      const chunks: Chunk[] = [];
      const batch = parts.isShared ? SHARED_BATCH : BATCH;
      while (offset < bytes && chunks.length < batch) {
        const chunk = chunkAt(parts, offset);
        chunks.push(chunk);
        offset += chunk.lengthBytes;
      }
      const work = chunks.map((chunk, index) => engineWork(parts, 0, chunk, index === chunks.length - 1));
      const sequence = yield* driver.submit(work, completion);
      underWay.push({ sequence, bytes: offset - begin });
    }
    const oldest = underWay.shift();
    if (oldest === undefined) return;
    if (!accept(parts, 0, yield* driver.wait(oldest.sequence, completion))) return;
    parts.record.doneBytes += oldest.bytes;
  }
}

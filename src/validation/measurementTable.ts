/* All published measurements that a run is compared with, in the order in which they are shown. */
import type { PublishedMeasurement } from './measurement.ts';
import { BENCH_MEASUREMENTS, CORE_MEASUREMENTS } from './measurementTableHost.ts';
import {
  DRIVE_MEASUREMENTS,
  GPU_MEASUREMENTS,
  MEMORY_MEASUREMENTS,
  POLICY_MEASUREMENTS,
} from './measurementTablePeer.ts';

export const MEASUREMENTS: readonly PublishedMeasurement[] = [
  ...MEMORY_MEASUREMENTS,
  ...DRIVE_MEASUREMENTS,
  ...GPU_MEASUREMENTS,
  ...POLICY_MEASUREMENTS,
  ...BENCH_MEASUREMENTS,
  ...CORE_MEASUREMENTS,
];

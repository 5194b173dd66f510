/*
 * How long something takes when nothing else runs: processor time of this process, not of the clock on the wall,
 * so that a test of speed does not fail because another program is busy.
 */

/** Processor time of `work` in milliseconds. Tests run in processes of their own, so it is theirs alone. */
export function processorTime_ms(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1000;
}

/*
 * The last section: published measurements, each from a run of the machine that stands for it.
 */
import type { LimitKind } from '../core/pcie/flowReport.ts';
import type { MachineRuns } from './machineRuns.ts';
import type { PublishedMeasurement } from './measurement.ts';
import { type NumberPoint, type PointVerdict, rounded, verdictFor } from './points.ts';

const LIMIT_WORDS: Readonly<Record<LimitKind, string>> = {
  wire: 'the link',
  credits: 'receive buffers',
  tags: 'requests under way',
  memory: 'DRAM',
  rootComplex: 'the root complex',
  iommu: 'the IOMMU',
  device: 'the device',
  cpu: 'the core',
  software: 'software',
  ordering: 'ordering',
  none: 'nothing',
};

/** Runs one measurement's machine, or those two of which it is the ratio. */
export function measurementPoint(entry: PublishedMeasurement, runs: MachineRuns): NumberPoint {
  const { id, title, unit, published, accepted, role, calibrates } = entry;
  const figure = runs.figure(entry.run);
  const model = figure.ok ? rounded(figure.value, unit) : undefined;
  const checks = (entry.checks ?? []).map(({ text, run, accepted: span }) => {
    const value = runs.figure(run);
    return { text, ok: value.ok && value.value >= span.low && value.value <= span.high };
  });
  const limits = runs.limits(entry.run);
  if (entry.limit !== undefined && figure.ok) {
    checks.push({
      text: `limited by ${LIMIT_WORDS[entry.limit]} (${limits[0]?.text ?? 'no limit was named'})`,
      ok: limits.length > 0 && limits.every(({ kind }) => kind === entry.limit),
    });
  }
  const verdict: PointVerdict =
    figure.ok || figure.error.kind === 'notRun' ? verdictFor(model, accepted, checks) : 'missed';
  const reason = figure.ok ? undefined : figure.error.reason;
  return {
    id,
    section: 'measurements',
    title,
    unit,
    model,
    reference: published,
    accepted,
    verdict,
    role,
    calibrates,
    limitedBy: entry.limit === undefined ? undefined : limits[0]?.text,
    reason: verdict === 'inside' ? undefined : (reason ?? entry.knownReason ?? 'Outside the tolerance; not explained.'),
    checks,
  };
}

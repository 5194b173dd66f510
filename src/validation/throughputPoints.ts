/*
 * The first section: every row of the grid on the event-driven core, against the closed forms.
 */
import { checkThroughputRow } from '../core/models/checks/throughputCheck.ts';
import type { ThroughputRow } from '../core/pcie/throughputRow.ts';
import { throughputTitle } from './figures.ts';
import type { NumberPoint } from './points.ts';

/** Runs one row: a saturating stream over one link with more tags, credits and buffers than it needs. */
export function throughputPoint(row: ThroughputRow): NumberPoint {
  const { expected, got, ok } = checkThroughputRow(row);
  const { nominalBytesPerSecond } = row.expected;
  const countsAgree =
    got.txTlps === expected.txTlps &&
    got.rxTlps === expected.rxTlps &&
    got.txWireBytes === expected.txWireBytes &&
    got.rxWireBytes === expected.rxWireBytes;
  const nominal = Math.round(nominalBytesPerSecond);
  return {
    id: row.id,
    section: 'throughput',
    title: throughputTitle(row),
    unit: 'B/s',
    model: Math.round(got.bytesPerSecond),
    reference: { low: nominal, high: nominal },
    accepted: {
      low: Math.ceil(expected.leastBytesPerSecond),
      high: Math.floor(expected.mostBytesPerSecond),
    },
    verdict: ok ? 'inside' : 'missed',
    role: 'validated',
    calibrates: undefined,
    limitedBy: undefined,
    reason: ok ? undefined : 'Rate or counts differ from the closed form.',
    checks: [{ text: 'TLPs and wire bytes of one operation are exact', ok: countsAgree }],
  };
}

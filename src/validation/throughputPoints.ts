/*
 * The first section: every row of the grid on the event-driven core, against the closed forms.
 */
import { checkThroughputRow } from '../core/models/checks/throughputCheck.ts';
import type { LinkOperation } from '../core/pcie/throughput.ts';
import type { ThroughputRow } from '../core/pcie/throughputRow.ts';
import type { NumberPoint } from './points.ts';

const OPERATION_WORDS: Readonly<Record<LinkOperation, string>> = {
  write: 'write',
  read: 'read',
  readwrite: 'read + write',
};

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
    reason: ok ? undefined : 'Rate or counts differ from the closed form.',
    checks: [{ text: 'TLPs and wire bytes of one operation are exact', ok: countsAgree }],
  };
}

/** `Gen3 x8 read of 512 B, MPS 256, MRRS 512` and what else is not the default. */
export function throughputTitle({ setting, operation, sizeBytes }: ThroughputRow): string {
  const more = [
    ...(setting.completionChunk === 'rcb' ? [`completions cut at ${setting.rcbBytes} B`] : []),
    ...(setting.addressBits === 32 ? ['32-bit addresses'] : []),
    ...(setting.ecrc ? ['ECRC'] : []),
  ];
  const link = `Gen${setting.gen} x${setting.lanes}`;
  return [
    `${link} ${OPERATION_WORDS[operation]} of ${sizeBytes} B, MPS ${setting.mpsBytes}, MRRS ${setting.mrrsBytes}`,
    ...more,
  ].join(', ');
}

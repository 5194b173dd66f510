/*
 * Rows of the throughput check: inputs from the grid, expectations from the closed forms.
 */
import { invariant } from '../base/invariant.ts';
import { LINK_GENS, LINK_WIDTHS } from '../core/pcie/link.ts';
import {
  ceilingBytesPerSecond,
  denseDllpBytesPerSecond,
  type LinkOperation,
  type LinkSetting,
  nominalBytesPerSecond,
  operationCost,
  pcieBenchBytesPerSecond,
} from '../core/pcie/throughput.ts';
import type { ThroughputRow } from '../core/pcie/throughputRow.ts';
import { THROUGHPUT_GRID } from './throughputGrid.ts';

const OPERATION_OF = new Map<string, LinkOperation>([
  ['W', 'write'],
  ['R', 'read'],
  ['RW', 'readwrite'],
]);

/** `R-g3x8-m256-q512-r64-a64-e0-s4096`; an r followed by c: completions are cut at the RCB. */
export function throughputRowId(setting: LinkSetting, operation: LinkOperation, sizeBytes: number): string {
  const letter = [...OPERATION_OF].find(([, name]) => name === operation)?.[0] ?? '';
  const rcb = `r${setting.rcbBytes}${setting.completionChunk === 'rcb' ? 'c' : ''}`;
  const packet = `m${setting.mpsBytes}-q${setting.mrrsBytes}-${rcb}-a${setting.addressBits}-e${setting.ecrc ? 1 : 0}`;
  return `${letter}-g${setting.gen}x${setting.lanes}-${packet}-s${sizeBytes}`;
}

/** A row whose expectations are the closed forms (performance reference, section 3). */
export function closedFormRow(setting: LinkSetting, operation: LinkOperation, sizeBytes: number): ThroughputRow {
  const { txTlps, rxTlps, txWireBytes, rxWireBytes } = operationCost(setting, operation, sizeBytes);
  return {
    id: throughputRowId(setting, operation, sizeBytes),
    setting,
    operation,
    sizeBytes,
    expected: {
      txTlps,
      rxTlps,
      txWireBytes,
      rxWireBytes,
      ceilingBytesPerSecond: ceilingBytesPerSecond(setting, operation, sizeBytes),
      nominalBytesPerSecond: nominalBytesPerSecond(setting, operation, sizeBytes),
      denseDllpBytesPerSecond: denseDllpBytesPerSecond(setting, operation, sizeBytes),
      pcieBenchBytesPerSecond: pcieBenchBytesPerSecond(setting, operation, sizeBytes),
    },
  };
}

/** All rows of the grid, in its order. */
export function throughputRows(): readonly ThroughputRow[] {
  return THROUGHPUT_GRID.flatMap(({ setting, runs }) =>
    runs.flatMap((run) => {
      const [link = '', ...operations] = run.split(' ');
      const [gen, lanes] = readLink(link);
      return operations.flatMap((text) => {
        const [letter = '', sizes = ''] = text.split(':');
        const operation = OPERATION_OF.get(letter);
        invariant(operation !== undefined, () => `no operation is called ${letter}`);
        return sizes.split(',').map((size) => closedFormRow({ ...setting, gen, lanes }, operation, Number(size)));
      });
    }),
  );
}

function readLink(text: string): readonly [LinkSetting['gen'], LinkSetting['lanes']] {
  const [first, second] = text.split('x').map(Number);
  const gen = LINK_GENS.find((known) => known === first);
  const lanes = LINK_WIDTHS.find((known) => known === second);
  invariant(gen !== undefined && lanes !== undefined, () => `${text} is no link`);
  return [gen, lanes];
}

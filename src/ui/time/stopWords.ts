/* Stops in words, with the names of the document. */
import { addressText } from '../../base/format.ts';
import { TLP_KIND_NAMES } from '../../core/pcie/tlp.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import { ROOT_REQUESTER, type StopCondition } from '../../store/timeStops.ts';
import { instantText } from '../../store/timeText.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { linkName } from '../faults/faultWords.ts';
import { memoryName, nodeName } from '../names.ts';

const SEVERITY_WORDS = { correctable: 'A correctable', nonFatal: 'A non-fatal', fatal: 'A fatal' } as const;

function rangeText(first: number, last: number): string {
  return first === last ? addressText(first) : `${addressText(first)} to ${addressText(last)}`;
}

function tlpText(
  when: Extract<StopCondition, { kind: 'tlp' }>,
  document: TopologyDocument,
  machine: MachineDescription | undefined,
): string {
  const types = when.types?.map((type) => TLP_KIND_NAMES[type] ?? '?').join(', ') ?? 'Any TLP';
  const parts = [
    types,
    when.requester === undefined
      ? ''
      : `from ${when.requester === ROOT_REQUESTER ? 'the root complex' : nodeName(document, when.requester)}`,
    when.link === undefined ? '' : `over ${linkName(document, machine, when.link)}`,
    when.direction === undefined ? '' : when.direction === 0 ? 'away from the root' : 'towards the root',
    when.addresses === undefined ? '' : `at ${rangeText(when.addresses.first, when.addresses.last)}`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** `MWr from nic0 over 02:01.0 to iopmem0`, `Device Status of nic0 changes`. */
export function stopText(
  when: StopCondition,
  document: TopologyDocument,
  machine: MachineDescription | undefined,
): string {
  switch (when.kind) {
    case 'tlp':
      return tlpText(when, document, machine);
    case 'memoryWrite': {
      const memory = machine?.memories.find((row) => row.node === when.node && row.label === when.label);
      const name = memory === undefined ? when.label : memoryName(document, memory);
      return `A write to ${name}, ${rangeText(when.range.first, when.range.last)}`;
    }
    case 'register': {
      const change = when.value === undefined ? 'changes' : `becomes ${valueText(when.value, when.mask)}`;
      return `${when.name} of ${nodeName(document, when.node)} ${change}`;
    }
    case 'error':
      return `${when.severity === undefined ? 'Any' : SEVERITY_WORDS[when.severity]} error`;
    case 'time':
      return `The instant ${instantText(when.at_ps)}`;
  }
}

/** The value of the masked bits, as a field shows it. */
function valueText(value: number, mask: number): string {
  let shift = 1;
  while (mask % (shift * 2) === 0) shift *= 2;
  return `${Math.floor(value / shift)
    .toString(16)
    .toUpperCase()}h`;
}

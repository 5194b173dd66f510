/* Faults and errors in words, with the names the page uses. */
import { durationText } from '../../base/format.ts';
import type { ErrorRecord, FaultSpec } from '../../core/pcie/faults.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import { faultRow, placeOfFault } from '../../store/faultTable.ts';
import { linkPartner, indexDocument } from '../../topology/documentIndex.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { endName, nodeBdf, nodeName } from '../names.ts';

/** `02:01.0 to nic0`: the link below a port. */
export function linkName(document: TopologyDocument, machine: MachineDescription | undefined, port: NodeId): string {
  const fn = document.functions.find((candidate) => candidate.id === port);
  const partner = fn === undefined ? undefined : linkPartner(indexDocument(document), fn);
  const upper = endName(document, machine, port);
  return partner === undefined ? upper : `${upper} to ${nodeName(document, partner.id)}`;
}

/** `nic0, 04:00.0` */
export function functionName(
  document: TopologyDocument,
  machine: MachineDescription | undefined,
  node: NodeId,
): string {
  const bdf = nodeBdf(machine, node);
  const name = nodeName(document, node);
  return bdf === undefined ? name : `${name}, ${bdf}`;
}

function detailOf(fault: FaultSpec): string {
  switch (fault.kind) {
    case 'bitErrors':
      return fault.rate === 0
        ? 'ended'
        : `rate ${fault.rate.toExponential(0).replace('e-', 'e−')}, ${directionWords(fault.direction)}`;
    case 'corruptTlp':
    case 'loseAcks':
      return `${fault.count}×, ${directionWords(fault.direction)}`;
    case 'retrain':
      return [fault.gen === undefined ? '' : `Gen${fault.gen}`, fault.width === undefined ? '' : `x${fault.width}`]
        .filter((part) => part !== '')
        .join(' ');
    case 'poison':
      return fault.count === 1
        ? fault.what === 'writes'
          ? '1 write'
          : '1 completion'
        : `${fault.count} ${fault.what}`;
    case 'configRetry':
      return durationText(fault.duration_ps);
    case 'corruptDigest':
    case 'malformed':
    case 'spoofRequester':
    case 'strayAddress':
    case 'completerAbort':
    case 'noAnswer':
    case 'unexpectedCompletion':
      return `${fault.count}×`;
    default:
      return '';
  }
}

function directionWords(direction: 'up' | 'down'): string {
  return direction === 'up' ? 'towards the root' : 'away from the root';
}

/** `Bit errors`, `rate 1e−6, away from the root`, `02:01.0 to nic0`. */
export function faultWords(
  document: TopologyDocument,
  machine: MachineDescription | undefined,
  fault: FaultSpec,
): { readonly label: string; readonly detail: string; readonly place: string } {
  const row = faultRow(fault.kind);
  const node = placeOfFault(fault);
  const place = row.place === 'link' ? linkName(document, machine, node) : functionName(document, machine, node);
  return { label: row.label, detail: detailOf(fault), place };
}

/** One line for lists, history and the live region. */
export function faultSentence(
  document: TopologyDocument,
  machine: MachineDescription | undefined,
  fault: FaultSpec,
): string {
  const { label, detail, place } = faultWords(document, machine, fault);
  return `${label}${detail === '' ? '' : ` (${detail})`} on ${place}`;
}

export const SEVERITY_WORDS: Readonly<Record<ErrorRecord['severity'], string>> = {
  correctable: 'correctable',
  nonFatal: 'non-fatal',
  fatal: 'fatal',
  note: 'note',
};

/** Where an error was detected. */
export function detectorName(
  document: TopologyDocument,
  machine: MachineDescription | undefined,
  record: ErrorRecord,
): string {
  return record.node === undefined ? 'root complex' : endName(document, machine, record.node);
}

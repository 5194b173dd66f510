/* What the packet list says of a record, column by column: the same text in the table, the clipboard and files. */
import { addressText, clockFigure, durationText, integerText, NO_VALUE, sizeText } from '../../base/format.ts';
import type { Bdf } from '../../base/units.ts';
import { bdfText } from '../../core/pcie/bdf.ts';
import {
  CLASS_OF_KIND,
  COMPLETION_STATUS,
  FLOW,
  flowClassOf,
  flowNumberOf,
  TLP_CLASS,
  TLP_KIND,
  TLP_KIND_NAMES,
} from '../../core/pcie/tlp.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import { NO_STATUS, statusOf, transactionOf } from '../../store/inspectJoin.ts';
import type { FilterNames } from '../../store/inspectFilter.ts';
import { routingIdOf } from '../../store/inspectHeader.ts';
import type { PacketLog } from '../../store/inspectLog.ts';
import type { ListColumn } from '../../store/inspectStore.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { endName, nodeBdf, nodeName, segmentName } from '../names.ts';

/** What cells are written from. */
export interface RowSource {
  readonly log: PacketLog;
  readonly document: TopologyDocument;
  readonly machine: MachineDescription;
}

export const COLUMN_WORDS: Readonly<Record<ListColumn, string>> = {
  no: 'No.',
  time: 'Time, ms',
  type: 'Type',
  link: 'Link',
  requester: 'Requester',
  tag: 'Tag',
  address: 'Address',
  length: 'Length',
  status: 'Status',
  latency: 'Latency',
  flow: 'Flow',
};

const STATUS_WORDS = new Map<number, string>([
  ...Object.entries(COMPLETION_STATUS).map(([name, code]) => [code, name] as const),
  [NO_STATUS.posted, 'posted'],
  [NO_STATUS.pending, 'pending'],
  [NO_STATUS.cpu, 'CPU access'],
  [NO_STATUS.inside, 'in the host'],
]);

export function statusWord(status: number): string {
  return STATUS_WORDS.get(status) ?? `status ${status}`;
}

export function kindName(log: PacketLog, record: number): string {
  if (log.isCpuAccess(record)) return log.kind(record) === TLP_KIND.MWr ? 'CPU store' : 'CPU load';
  return TLP_KIND_NAMES[log.kind(record)] ?? '?';
}

/** Shape and colour of the mark before the type. */
export function markOf(log: PacketLog, record: number): string {
  const kind = log.kind(record);
  if (CLASS_OF_KIND[kind] === TLP_CLASS.completion) return 'completion';
  if (kind >= TLP_KIND.CfgRd0 && kind <= TLP_KIND.CfgWr1) return 'config';
  const flow = flowClassOf(log.flow(record));
  if (flow === FLOW.p2p) return 'p2p';
  return flow === FLOW.control ? 'control' : 'bounce';
}

const FLOW_WORDS = {
  [FLOW.control]: 'control',
  [FLOW.p2p]: 'P2P',
  [FLOW.bounceIn]: 'into DRAM',
  [FLOW.bounceOut]: 'out of DRAM',
};

export function flowWord(machine: MachineDescription, flow: number): string {
  const number = flowNumberOf(flow);
  const name = number === 0 ? undefined : machine.flows?.[number]?.name;
  const word = FLOW_WORDS[flowClassOf(flow)];
  return name === undefined ? word : `${name}, ${word}`;
}

export function addressWord(log: PacketLog, record: number): string {
  const address = log.address[log.cell(record)] ?? 0;
  const kind = log.kind(record);
  if (kind >= TLP_KIND.CfgRd0 && kind <= TLP_KIND.CfgWr1) {
    return `${bdfText(Math.floor(address / 4096) as Bdf)} + ${(address % 4096).toString(16).toUpperCase()}h`;
  }
  return kind === TLP_KIND.Msg || kind === TLP_KIND.MsgD ? `code ${addressText(address)}` : addressText(address);
}

/** Text of one cell. */
export function cellText({ log, document, machine }: RowSource, record: number, column: ListColumn): string {
  const cell = log.cell(record);
  switch (column) {
    case 'no':
      return log.isCpuAccess(record) ? NO_VALUE : integerText(log.serial[cell] ?? 0);
    case 'time':
      return clockFigure(log.start_ps[cell] ?? 0).toNanoseconds;
    case 'type':
      return kindName(log, record);
    case 'link':
      return segmentName(document, machine, log.segment[cell] ?? 0);
    case 'requester':
      return log.isCpuAccess(record) ? 'CPU' : bdfText((log.requester[cell] ?? 0) as Bdf);
    case 'tag':
      return log.isPosted(record) ? NO_VALUE : (log.tag[cell] ?? 0).toString(16).toUpperCase();
    case 'address':
      return addressWord(log, record);
    case 'length':
      return sizeText(log.lengthBytes[cell] ?? 0);
    case 'status':
      return statusWord(statusOf(log, record));
    case 'latency': {
      const latency_ps = log.isCompletion(record) ? undefined : transactionOf(log, record).latency_ps;
      return latency_ps === undefined ? NO_VALUE : durationText(latency_ps);
    }
    case 'flow':
      return flowWord(machine, log.flow(record));
  }
}

/** The names a filter can use on this machine. */
export function filterNames(document: TopologyDocument, machine: MachineDescription): FilterNames {
  const inside = machine.links.length * 2;
  const segments = Array.from({ length: inside + 2 }, (_, segment): readonly string[] => {
    const link = machine.links[Math.floor(segment / 2)];
    const way = segmentName(document, machine, segment);
    if (link === undefined) return ['DRAM', way];
    const ends = [link.upper, ...(link.lower === undefined ? [] : [link.lower])];
    return [...ends.flatMap((node) => [endName(document, machine, node), nodeName(document, node)]), way];
  });
  const requesters = machine.functions.flatMap((fn) => {
    const id = routingIdOf(fn.bdf);
    const bdf = nodeBdf(machine, fn.id);
    return id === undefined || bdf === undefined ? [] : [{ id, names: [nodeName(document, fn.id), bdf] }];
  });
  const known = new Set(requesters.map((row) => row.id));
  const root = known.has(0 as Bdf) ? [] : [{ id: 0, names: ['00:00.0'] }];
  return { segments, requesters: [...requesters, ...root], flows: (machine.flows ?? []).map((flow) => flow.name) };
}

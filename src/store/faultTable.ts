/*
 * Every fault that can be injected: what it is called, what happens, what recovers, where it can be and what has to be
 * chosen. Rules: semantics reference, section 9; contract: core/pcie/faults.ts.
 */
import type { FaultKind, FaultSpec, LinkDirection } from '../core/pcie/faults.ts';
import { LINK_GENS, LINK_WIDTHS, type LinkGen, type LinkWidth } from '../core/pcie/link.ts';
import type { FunctionSpec, NodeId } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { drivesLink, isBridge } from '../topology/documentIndex.ts';
import { hasDmaEngine } from '../topology/validateTransfer.ts';

export type FaultGroup = 'Link' | 'Transaction' | 'Completer' | 'Device' | 'IOMMU';
export type FaultField = 'direction' | 'rate' | 'count' | 'training' | 'what' | 'duration';

/** Everything a form can hold; a kind takes what its row names. */
export interface FaultDraft {
  /** The function, or the port above the link. */
  readonly node: NodeId;
  readonly direction: LinkDirection;
  readonly rate: number;
  readonly count: number;
  readonly gen: LinkGen | undefined;
  readonly width: LinkWidth | undefined;
  readonly what: 'writes' | 'completions';
  readonly duration_ps: number;
}

export interface FaultRow {
  readonly kind: FaultKind;
  readonly group: FaultGroup;
  readonly label: string;
  /** What happens, and what makes it good again. */
  readonly help: string;
  readonly place: 'link' | 'function';
  readonly fields: readonly FaultField[];
  readonly standard: Omit<FaultDraft, 'node'>;
}

const STANDARD: Omit<FaultDraft, 'node'> = {
  direction: 'down',
  rate: 1e-6,
  count: 1,
  gen: undefined,
  width: undefined,
  what: 'writes',
  duration_ps: 100_000_000,
};

type RowParts = Pick<FaultRow, 'kind' | 'label' | 'help'> & {
  readonly fields?: readonly FaultField[];
  readonly standard?: Partial<FaultDraft>;
};

function rows(group: FaultGroup, place: FaultRow['place'], parts: readonly RowParts[]): readonly FaultRow[] {
  return parts.map(({ kind, label, help, fields = [], standard = {} }) => ({
    kind,
    group,
    label,
    help,
    place,
    fields,
    standard: { ...STANDARD, ...standard },
  }));
}

const LINK_ROWS = rows('Link', 'link', [
  {
    kind: 'bitErrors',
    label: 'Bit errors',
    help: 'From now on bits flip at random. Hit TLPs fail their LCRC; a NAK brings them again from the replay buffer.',
    fields: ['direction', 'rate'],
  },
  {
    kind: 'corruptTlp',
    label: 'Corrupt TLPs',
    help: 'The next TLPs arrive with a bad LCRC: NAK and replay.',
    fields: ['direction', 'count'],
  },
  {
    kind: 'loseAcks',
    label: 'Lose Acks',
    help: 'Acknowledgements vanish; the replay timer sends the TLPs again and the receiver drops the duplicates.',
    fields: ['direction', 'count'],
  },
  {
    kind: 'retrain',
    label: 'Retrain',
    help: 'The link goes through Recovery, to a lower speed or width if you choose one. Nothing is lost.',
    fields: ['training'],
  },
  {
    kind: 'linkDown',
    label: 'Link down',
    help: 'The link drops; the device stays plugged in. What was on its way is lost and requests time out.',
  },
  { kind: 'linkUp', label: 'Link up', help: 'A link that was taken down trains again; software enumerates below it.' },
  {
    kind: 'surpriseRemoval',
    label: 'Surprise removal',
    help: 'The device is pulled out. Requests to it are unsupported or time out; the machine goes on without it.',
  },
  {
    kind: 'hotAdd',
    label: 'Hot add',
    help: 'Plugs the removed device in again, at reset values; software enumerates it.',
  },
  {
    kind: 'hotReset',
    label: 'Secondary bus reset',
    help: 'The port resets everything below it; outstanding requests end, registers go back to reset.',
  },
]);

const TRANSACTION_ROWS = rows('Transaction', 'function', [
  {
    kind: 'poison',
    label: 'Poison data',
    help: 'Payload leaves with EP = 1. Switches pass it on; the consumer must not use it and logs a poisoned TLP.',
    fields: ['what', 'count'],
  },
  {
    kind: 'corruptDigest',
    label: 'Wrong ECRC',
    help: 'The end-to-end digest is wrong; only a receiver that checks ECRC notices.',
    fields: ['count'],
  },
  {
    kind: 'malformed',
    label: 'Malformed TLP',
    help: 'Writes longer than the receiver’s Max_Payload_Size: fatal at the receiver, the TLP is dropped.',
    fields: ['count'],
  },
  {
    kind: 'spoofRequester',
    label: 'Spoofed requester',
    help: 'Requests carry a foreign bus number. A port with Source Validation stops them as an ACS violation.',
    fields: ['count'],
  },
  {
    kind: 'strayAddress',
    label: 'Stray address',
    help: 'Requests go to an address nobody claims: a write vanishes with an Unsupported Request, a read is told so.',
    fields: ['count'],
  },
]);

const COMPLETER_ROWS = rows('Completer', 'function', [
  {
    kind: 'completerAbort',
    label: 'Completer abort',
    help: 'Answers the next requests with Completer Abort.',
    fields: ['count'],
  },
  {
    kind: 'noAnswer',
    label: 'No answer',
    help: 'Swallows the next requests; the requester’s completion timeout ends them.',
    fields: ['count'],
  },
  {
    kind: 'unexpectedCompletion',
    label: 'Unexpected completion',
    help: 'Completions arrive here that nobody asked for; they are dropped and logged.',
    fields: ['count'],
  },
  {
    kind: 'configRetry',
    label: 'Request retry status',
    help: 'Configuration requests are answered with CRS for a while; software waits and asks again.',
    fields: ['duration'],
  },
]);

const DEVICE_ROWS = rows('Device', 'function', [
  {
    kind: 'functionLevelReset',
    label: 'Function level reset',
    help: 'One function is reset through Device Control; its outstanding requests end.',
  },
  {
    kind: 'memoryDisable',
    label: 'Memory space off',
    help: 'Memory Space Enable is cleared: the BARs claim nothing, requests to them are unsupported.',
  },
]);

const IOMMU_ROWS = rows('IOMMU', 'function', [
  {
    kind: 'unmapIommu',
    label: 'Lost mappings',
    help: 'The IOMMU forgets this function’s pages: its requests fault, writes vanish, reads are unsupported.',
  },
]);

export const FAULT_ROWS: readonly FaultRow[] = [
  ...LINK_ROWS,
  ...TRANSACTION_ROWS,
  ...COMPLETER_ROWS,
  ...DEVICE_ROWS,
  ...IOMMU_ROWS,
];

export const FAULT_GROUPS: readonly FaultGroup[] = ['Link', 'Transaction', 'Completer', 'Device', 'IOMMU'];

const BY_KIND: ReadonlyMap<FaultKind, FaultRow> = new Map(FAULT_ROWS.map((row) => [row.kind, row]));

/** The row of a kind. @throws if there is none: the table is complete, which its test checks. */
export function faultRow(kind: FaultKind): FaultRow {
  const row = BY_KIND.get(kind);
  if (row === undefined) throw new Error(`no fault ${kind}`);
  return row;
}

/** The fault that a filled-in form stands for. */
export function faultOf(row: FaultRow, draft: FaultDraft): FaultSpec {
  const { kind } = row;
  const { node, direction, rate, count, gen, width, what, duration_ps } = draft;
  switch (kind) {
    case 'bitErrors':
      return { kind, link: node, direction, rate };
    case 'corruptTlp':
    case 'loseAcks':
      return { kind, link: node, direction, count };
    case 'retrain':
      return {
        kind,
        link: node,
        ...(gen === undefined ? {} : { gen }),
        ...(width === undefined ? {} : { width }),
      };
    case 'linkDown':
    case 'linkUp':
    case 'surpriseRemoval':
    case 'hotAdd':
    case 'hotReset':
      return { kind, link: node };
    case 'poison':
      return { kind, node, what, count };
    case 'corruptDigest':
    case 'malformed':
    case 'spoofRequester':
    case 'strayAddress':
    case 'completerAbort':
    case 'noAnswer':
    case 'unexpectedCompletion':
      return { kind, node, count };
    case 'configRetry':
      return { kind, node, duration_ps };
    case 'functionLevelReset':
    case 'memoryDisable':
    case 'unmapIommu':
      return { kind, node };
  }
}

/** What takes a lasting fault back while the machine runs, with the words for it; undefined where nothing can. */
export function mending(fault: FaultSpec): { readonly label: string; readonly fault: FaultSpec } | undefined {
  switch (fault.kind) {
    case 'bitErrors':
      return fault.rate === 0 ? undefined : { label: 'End it', fault: { ...fault, rate: 0 } };
    case 'linkDown':
      return { label: 'Bring it up', fault: { kind: 'linkUp', link: fault.link } };
    case 'surpriseRemoval':
      return { label: 'Plug it in again', fault: { kind: 'hotAdd', link: fault.link } };
    default:
      return undefined;
  }
}

/** Where a fault is: the function, or the port above the link. */
export function placeOfFault(fault: FaultSpec): NodeId {
  return 'link' in fault ? fault.link : fault.node;
}

const REQUESTER_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>(['malformed', 'spoofRequester', 'strayAddress']);

/** The functions a fault can be put on, in the document's order. */
export function placesFor(document: TopologyDocument, row: FaultRow): readonly FunctionSpec[] {
  if (row.place === 'link') {
    const parents = new Set(document.functions.map((fn) => fn.parent));
    return document.functions.filter((fn) => drivesLink(fn.kind) && fn.link !== undefined && parents.has(fn.id));
  }
  const devices = document.functions.filter((fn) => !isBridge(fn.kind) && fn.kind !== 'hostBridge');
  if (REQUESTER_FAULTS.has(row.kind)) return devices.filter((fn) => hasDmaEngine(fn));
  if (row.kind === 'memoryDisable') return devices.filter((fn) => fn.bars.some((bar) => bar.space === 'memory'));
  return devices;
}

/** The choices of a retraining link. */
export const TRAINING = { gens: LINK_GENS, widths: LINK_WIDTHS } as const;

/** What is wrong with a number of a form, or undefined. The schema's ranges. */
export function draftProblem(field: FaultField, draft: FaultDraft): string | undefined {
  switch (field) {
    case 'rate':
      return draft.rate >= 0 && draft.rate <= 1e-3 ? undefined : 'From 0 (ends it) to 1e-3.';
    case 'count':
      return Number.isInteger(draft.count) && draft.count >= 1 && draft.count <= 1e6
        ? undefined
        : 'From 1 to 1 000 000.';
    case 'duration':
      return draft.duration_ps >= 1 && draft.duration_ps <= 1e13 ? undefined : 'From 1 ns to 10 s.';
    default:
      return undefined;
  }
}

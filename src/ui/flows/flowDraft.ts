/* The form of a flow: everything is kept for every kind, numbers stay text until they are numbers. */
import { parseSize, sizeText } from '../../base/format.ts';
import { GIB, KIB, MIB, PS_PER_US } from '../../base/units.ts';
import { hasDmaEngine } from '../../topology/validateTransfer.ts';
import type { CpuMapping, FlowSpec, FlowWork, TopologyDocument, TransferWay } from '../../topology/document.ts';
import { devicesOf } from '../transfer/deviceRoles.ts';
import { whatText } from './flowWords.ts';

type WorkOf<Kind extends FlowWork['kind']> = Extract<FlowWork, { kind: Kind }>;

export interface FlowDraft {
  /** Of the flow that is being changed; undefined = a new one. */
  readonly id: string | undefined;
  /** Empty = named after what it does. */
  readonly name: string;
  readonly kind: FlowWork['kind'];
  readonly start_us: string;
  readonly background: boolean;
  /** Source, engine or nothing; destination or target. */
  readonly from: string;
  readonly to: string;
  readonly way: TransferWay;
  readonly size: string;
  readonly chunk: string;
  readonly buffers: 1 | 2;
  readonly completion: 'interrupt' | 'polled';
  readonly force: boolean;
  readonly isWrite: boolean;
  readonly operationSize: string;
  readonly window: string;
  readonly isRandom: boolean;
  readonly operations: string;
  readonly outstanding: string;
  readonly mapping: CpuMapping;
  readonly accessBytes: WorkOf<'cpu'>['accessBytes'];
}

export type DraftField =
  | 'name'
  | 'start_us'
  | 'to'
  | 'size'
  | 'chunk'
  | 'operationSize'
  | 'window'
  | 'operations'
  | 'outstanding';

const MOST_BYTES = 256 * MIB;
const MOST_NAME = 80;
const MOST_START_US = 1e6;

/** Devices that can be a flow's source or generator. */
export function startersOf(
  document: TopologyDocument,
  kind: FlowWork['kind'],
): readonly { readonly id: string; readonly name: string }[] {
  const devices = devicesOf(document);
  if (kind === 'accesses') return devices.filter(hasDmaEngine);
  return [...devices, { id: 'host', name: 'Host memory' }];
}

/** Places a flow can end. */
export function endsOf(
  document: TopologyDocument,
  kind: FlowWork['kind'],
): readonly { readonly id: string; readonly name: string }[] {
  const devices = devicesOf(document);
  return kind === 'cpu' ? devices : [...devices, { id: 'host', name: 'Host memory' }];
}

/** A new flow with sensible values: the transfer's ends. */
export function newDraft(document: TopologyDocument): FlowDraft {
  const { from, to, bounce } = document.transfer;
  return {
    id: undefined,
    name: '',
    kind: 'transfer',
    start_us: '0',
    background: false,
    from,
    to,
    way: 'p2p',
    size: '16 MiB',
    chunk: sizeText(bounce.chunkBytes),
    buffers: bounce.buffers,
    completion: bounce.completion,
    force: false,
    isWrite: false,
    operationSize: '256 B',
    window: '1 MiB',
    isRandom: false,
    operations: '10000',
    outstanding: '32',
    mapping: 'WC',
    accessBytes: 64,
  };
}

/** Another kind of work, with ends that can do it. */
export function ofKind(draft: FlowDraft, kind: FlowWork['kind'], document: TopologyDocument): FlowDraft {
  const starters = startersOf(document, kind).map(({ id }) => id);
  const ends = endsOf(document, kind).map(({ id }) => id);
  const to = ends.includes(draft.to) ? draft.to : (ends[0] ?? '');
  const from = starters.includes(draft.from) ? draft.from : (starters.find((id) => id !== to) ?? starters[0] ?? '');
  return { ...draft, kind, from, to, size: kind === 'cpu' ? '1 MiB' : draft.size };
}

/** The form filled with a flow. */
export function draftOf(flow: FlowSpec, document: TopologyDocument): FlowDraft {
  const base = {
    ...newDraft(document),
    id: flow.id,
    name: flow.name,
    start_us: String(flow.start_ps / PS_PER_US),
    background: flow.background ?? false,
    kind: flow.work.kind,
  };
  const { work } = flow;
  switch (work.kind) {
    case 'transfer':
      return {
        ...base,
        from: work.from,
        to: work.to,
        way: work.way,
        size: sizeText(work.bytes),
        chunk: sizeText(work.bounce.chunkBytes),
        buffers: work.bounce.buffers,
        completion: work.bounce.completion,
        force: work.force ?? false,
      };
    case 'accesses':
      return {
        ...base,
        from: work.engine,
        to: work.target,
        isWrite: work.operation === 'write',
        operationSize: sizeText(work.operationBytes),
        window: sizeText(work.windowBytes),
        isRandom: work.pattern === 'random',
        operations: String(work.operations),
        outstanding: String(work.outstanding),
      };
    case 'cpu':
      return {
        ...base,
        to: work.target,
        isWrite: work.operation === 'store',
        size: sizeText(work.bytes),
        mapping: work.mapping,
        accessBytes: work.accessBytes,
      };
  }
}

function sizeOf(text: string): number {
  const parsed = parseSize(text);
  return parsed.ok ? parsed.value : NaN;
}

function countOf(text: string): number {
  return /^\d{1,10}$/.test(text.replaceAll(/\s/g, '')) ? Number(text.replaceAll(/\s/g, '')) : NaN;
}

function range(value: number, least: number, most: number, words: string): string | undefined {
  return value >= least && value <= most ? undefined : words;
}

/** What is wrong with a field, in one sentence; undefined where nothing is. */
export function draftProblem(field: DraftField, draft: FlowDraft): string | undefined {
  switch (field) {
    case 'name':
      return draft.name.length <= MOST_NAME ? undefined : `At most ${MOST_NAME} characters.`;
    case 'start_us':
      return draft.start_us.trim() === ''
        ? 'A time.'
        : range(Number(draft.start_us), 0, MOST_START_US, 'From 0 to 1 000 000 µs.');
    case 'to':
      return draft.kind !== 'cpu' && draft.from === draft.to ? 'Choose two different ends.' : undefined;
    case 'size':
      return sizeProblem(draft);
    case 'chunk':
      return range(sizeOf(draft.chunk), 4 * KIB, 16 * MIB, 'From 4 KiB to 16 MiB.');
    case 'operationSize':
      return range(sizeOf(draft.operationSize), 1, 4 * KIB, 'From 1 B to 4 KiB.');
    case 'window':
      return sizeOf(draft.window) < sizeOf(draft.operationSize)
        ? 'At least one operation.'
        : range(sizeOf(draft.window), 64, GIB, 'From 64 B to 1 GiB.');
    case 'operations':
      return range(countOf(draft.operations), 1, 1e7, 'From 1 to 10 000 000.');
    case 'outstanding':
      return range(countOf(draft.outstanding), 1, 32_768, 'From 1 to 32 768.');
  }
}

function sizeProblem(draft: FlowDraft): string | undefined {
  const bytes = sizeOf(draft.size);
  const problem = range(bytes, 4, MOST_BYTES, 'From 4 B to 256 MiB, for example 16 MiB.');
  if (problem !== undefined) return problem;
  if (draft.kind === 'cpu' && bytes % draft.accessBytes !== 0) return `A multiple of ${draft.accessBytes} bytes.`;
  return bytes % 4 === 0 ? undefined : 'A multiple of 4 bytes.';
}

const FIELDS: Readonly<Record<FlowWork['kind'], readonly DraftField[]>> = {
  transfer: ['name', 'start_us', 'to', 'size'],
  accesses: ['name', 'start_us', 'to', 'operationSize', 'window', 'operations', 'outstanding'],
  cpu: ['name', 'start_us', 'to', 'size'],
};

/** Fields that count for this kind of work. */
export function fieldsOf(draft: FlowDraft): readonly DraftField[] {
  const fields = FIELDS[draft.kind];
  return draft.kind === 'transfer' && draft.way !== 'p2p' ? [...fields, 'chunk'] : fields;
}

function workOf(draft: FlowDraft): FlowWork {
  switch (draft.kind) {
    case 'transfer':
      return {
        kind: 'transfer',
        way: draft.way,
        from: draft.from,
        to: draft.to,
        bytes: sizeOf(draft.size),
        bounce: { chunkBytes: sizeOf(draft.chunk), buffers: draft.buffers, completion: draft.completion },
        ...(draft.force ? { force: true } : {}),
      };
    case 'accesses':
      return {
        kind: 'accesses',
        engine: draft.from,
        target: draft.to,
        operation: draft.isWrite ? 'write' : 'read',
        operationBytes: sizeOf(draft.operationSize),
        windowBytes: sizeOf(draft.window),
        pattern: draft.isRandom ? 'random' : 'sequential',
        operations: countOf(draft.operations),
        outstanding: countOf(draft.outstanding),
      };
    case 'cpu':
      return {
        kind: 'cpu',
        operation: draft.isWrite ? 'store' : 'load',
        target: draft.to,
        mapping: draft.mapping,
        accessBytes: draft.accessBytes,
        bytes: sizeOf(draft.size),
      };
  }
}

/** The flow of a form without problems. @param id for a new one. */
export function flowOf(draft: FlowDraft, id: string, document: TopologyDocument): FlowSpec {
  const work = workOf(draft);
  return {
    id: draft.id ?? id,
    name: draft.name.trim() === '' ? whatText(document, work).slice(0, MOST_NAME) : draft.name.trim(),
    start_ps: Math.round(Number(draft.start_us) * PS_PER_US),
    ...(draft.background ? { background: true } : {}),
    work,
  };
}

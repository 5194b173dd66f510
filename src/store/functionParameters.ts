/*
 * What can be set about one function: its ACS bits as firmware leaves them, its link, its packets.
 */
import { ACS_BITS, type AcsBitName } from '../core/pcie/acs.ts';
import { LINK_GENS, LINK_WIDTHS } from '../core/pcie/link.ts';
import type { FunctionSpec, LinkEndSpec, NodeId } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { drivesLink, isBridge } from '../topology/documentIndex.ts';
import { changeFunction } from './edits.ts';
import { changed, changedWhole, type AnyParameter, type Change } from './parameters.ts';

/** A row with the functions it is about. */
export interface FunctionRow {
  readonly section: 'link' | 'packets';
  readonly appliesTo: (fn: FunctionSpec, document: TopologyDocument) => boolean;
  readonly parameter: AnyParameter;
}

function functionOf(document: TopologyDocument, node: NodeId): FunctionSpec | undefined {
  return document.functions.find((fn) => fn.id === node);
}

function withFunction(document: TopologyDocument, node: NodeId, change: Change<FunctionSpec>): TopologyDocument {
  return changeFunction(document, node, (fn) => changedWhole(fn, change));
}

function withLink(document: TopologyDocument, node: NodeId, change: Change<LinkEndSpec>): TopologyDocument {
  return changeFunction(document, node, (fn) =>
    fn.link === undefined ? fn : { ...fn, link: changedWhole(fn.link, change) },
  );
}

/** The document with one ACS control bit as firmware leaves it. Bits that the function does not offer stay clear. */
export function setAcsBit(document: TopologyDocument, node: NodeId, bit: AcsBitName, on: boolean): TopologyDocument {
  return changeFunction(document, node, (fn) => {
    if (fn.acs === undefined) return fn;
    const mask = ACS_BITS[bit] & fn.acs.capability;
    const control = on ? fn.acs.control | mask : fn.acs.control & ~ACS_BITS[bit];
    return control === fn.acs.control ? fn : { ...fn, acs: { ...fn.acs, control } };
  });
}

/** The document with one bit of a port's Egress Control Vector: requests to the peer port with this device number. */
export function setEgressBit(document: TopologyDocument, node: NodeId, port: number, on: boolean): TopologyDocument {
  return changeFunction(document, node, (fn) => {
    if (fn.acs === undefined) return fn;
    // Port numbers go to 31: beyond what signed 32-bit operators give.
    const before = fn.acs.egressVector ?? 0;
    const isOn = Math.floor(before / 2 ** port) % 2 === 1;
    if (isOn === on) return fn;
    const vector = before + (on ? 2 ** port : -(2 ** port));
    const { egressVector: _replaced, ...acs } = fn.acs;
    return { ...fn, acs: vector === 0 ? acs : { ...acs, egressVector: vector } };
  });
}

const isPort = (fn: FunctionSpec): boolean => drivesLink(fn.kind) && fn.link !== undefined;
const isDevice = (fn: FunctionSpec): boolean => !isBridge(fn.kind) && fn.kind !== 'hostBridge';
const SIZES = [128, 256, 512, 1024, 2048, 4096] as const;

const LINK_ROWS: readonly AnyParameter[] = [
  {
    kind: 'choice',
    id: 'limitGen',
    label: 'Speed limit',
    help: 'Target Link Speed: the link does not train faster.',
    inRow: false,
    offers: (document, node, value) => Number(value) <= (functionOf(document, node)?.link?.maxGen ?? 1),
    options: [{ value: '', label: 'none' }, ...LINK_GENS.map((gen) => ({ value: String(gen), label: `Gen${gen}` }))],
    read: (document, node) => String(functionOf(document, node)?.link?.limitGen ?? ''),
    write: (document, node, value) => {
      const most = functionOf(document, node)?.link?.maxGen ?? 1;
      return withLink(document, node, { limitGen: LINK_GENS.find((gen) => String(gen) === value && gen <= most) });
    },
  },
  {
    kind: 'choice',
    id: 'limitWidth',
    label: 'Width limit',
    help: 'Lanes beyond this do not train, as in a degraded slot.',
    inRow: false,
    offers: (document, node, value) => Number(value) <= (functionOf(document, node)?.link?.maxWidth ?? 1),
    options: [
      { value: '', label: 'none' },
      ...LINK_WIDTHS.map((width) => ({ value: String(width), label: `x${width}` })),
    ],
    read: (document, node) => String(functionOf(document, node)?.link?.limitWidth ?? ''),
    write: (document, node, value) => {
      const most = functionOf(document, node)?.link?.maxWidth ?? 1;
      return withLink(document, node, {
        limitWidth: LINK_WIDTHS.find((width) => String(width) === value && width <= most),
      });
    },
  },
  {
    kind: 'number',
    id: 'bitErrorRate',
    label: 'Bit-error rate',
    help: 'Chance that one received bit is wrong; a hit TLP fails its LCRC and is sent again. Good links: 1e-15.',
    unit: '',
    minimum: 0,
    maximum: 1e-3,
    whole: false,
    standard: '0',
    optional: true,
    read: (document, node) => functionOf(document, node)?.link?.bitErrorRate,
    write: (document, node, value) => withLink(document, node, { bitErrorRate: value }),
  },
  {
    kind: 'choice',
    id: 'retimers',
    label: 'Retimers',
    help: 'On the link below this port; 10 ns each, each way.',
    inRow: true,
    options: ['0', '1', '2'].map((value) => ({ value, label: value })),
    read: (document, node) => String(functionOf(document, node)?.link?.retimers ?? 0),
    write: (document, node, value) =>
      withLink(document, node, { retimers: value === '1' || value === '2' ? Number(value) : undefined }),
  },
];

const MPS_ROW: AnyParameter = {
  kind: 'choice',
  id: 'mpsSupported',
  label: 'Max payload supported',
  help: 'What the function can receive and send in one TLP; the policy picks from it.',
  inRow: false,
  options: SIZES.map((bytes) => ({ value: String(bytes), label: `${bytes} B` })),
  read: (document, node) => String(functionOf(document, node)?.mpsSupportedBytes ?? 256),
  write: (document, node, value) => {
    const bytes = SIZES.find((size) => String(size) === value) ?? 256;
    const set = functionOf(document, node)?.mpsBytes;
    // What firmware set must stay within what is supported.
    return withFunction(document, node, {
      mpsSupportedBytes: bytes,
      ...(set !== undefined && set > bytes ? { mpsBytes: bytes } : {}),
    });
  },
};

const MRRS_ROW: AnyParameter = {
  kind: 'choice',
  id: 'mrrs',
  label: 'Max read request',
  help: 'Longest read the device asks for in one TLP.',
  inRow: false,
  options: SIZES.map((bytes) => ({ value: String(bytes), label: `${bytes} B` })),
  read: (document, node) => String(functionOf(document, node)?.mrrsBytes ?? 512),
  write: (document, node, value) =>
    withFunction(document, node, { mrrsBytes: SIZES.find((size) => String(size) === value) ?? 512 }),
};

function orderingRow(id: 'relaxed' | 'idBased', label: string, help: string): AnyParameter {
  return {
    kind: 'switch',
    id,
    label,
    help,
    read: (document, node) => functionOf(document, node)?.ordering?.[id] === true,
    write: (document, node, value) =>
      withFunction(document, node, {
        ordering: changed(functionOf(document, node)?.ordering, { [id]: value ? true : undefined }),
      }),
  };
}

const ORDERING_ROWS: readonly AnyParameter[] = [
  orderingRow(
    'relaxed',
    'Relaxed ordering',
    'The device marks payload as relaxed; completions so marked are not redirected by CR.',
  ),
  orderingRow('idBased', 'ID-based ordering', 'TLPs of different requesters may pass each other.'),
];

const ATS_ROW: AnyParameter = {
  kind: 'switch',
  id: 'ats',
  label: 'Address translation service',
  help: 'The device translates by itself and sends translated requests; DT on its port lets them go direct.',
  read: (document, node) => functionOf(document, node)?.capabilities?.atsEnabled === true,
  write: (document, node, value) => {
    const before = functionOf(document, node)?.capabilities;
    const capabilities = changed(before, value ? { ats: true, atsEnabled: true } : { atsEnabled: undefined });
    return withFunction(document, node, { capabilities });
  },
};

const ECRC_ROW: AnyParameter = {
  kind: 'switch',
  id: 'ecrc',
  label: 'End-to-end CRC',
  help: 'Adds a digest to what it sends and checks what it receives.',
  read: (document, node) => functionOf(document, node)?.ecrc === true,
  write: (document, node, value) => withFunction(document, node, { ecrc: value ? true : undefined }),
};

const WEIGHT_ROW: AnyParameter = {
  kind: 'number',
  id: 'weight',
  label: 'Arbitration weight',
  help: 'Turns in a row this port gets at a busy egress, where its switch arbitrates by weight.',
  unit: '',
  minimum: 1,
  maximum: 16,
  whole: true,
  standard: '1',
  optional: true,
  idle: (document, node) => {
    const above = functionOf(document, functionOf(document, node)?.parent ?? '');
    const owner = functionOf(document, node)?.kind === 'upstreamPort' ? functionOf(document, node) : above;
    return owner?.switch?.arbitration === 'weighted' ? undefined : 'Its switch takes turns one by one.';
  },
  read: (document, node) => functionOf(document, node)?.arbitrationWeight,
  write: (document, node, value) => withFunction(document, node, { arbitrationWeight: value }),
};

const ARBITRATION_ROW: AnyParameter = {
  kind: 'choice',
  id: 'arbitration',
  label: 'Switch arbitration',
  help: 'Whose turn it is when several ports want the same egress.',
  inRow: true,
  options: [
    { value: 'roundRobin', label: 'Round robin' },
    { value: 'weighted', label: 'By weight' },
  ],
  read: (document, node) => functionOf(document, node)?.switch?.arbitration ?? 'roundRobin',
  write: (document, node, value) =>
    withFunction(document, node, {
      switch: changed(functionOf(document, node)?.switch ?? {}, {
        arbitration: value === 'weighted' ? 'weighted' : undefined,
      }),
    }),
};

const isSwitchPort = (fn: FunctionSpec): boolean => fn.kind === 'upstreamPort' || fn.kind === 'downstreamPort';

export const FUNCTION_ROWS: readonly FunctionRow[] = [
  ...LINK_ROWS.map((parameter): FunctionRow => ({ section: 'link', appliesTo: isPort, parameter })),
  {
    section: 'packets',
    appliesTo: (fn) => isPort(fn) || isSwitchPort(fn) || isDevice(fn),
    parameter: MPS_ROW,
  },
  { section: 'packets', appliesTo: isDevice, parameter: MRRS_ROW },
  ...ORDERING_ROWS.map((parameter): FunctionRow => ({ section: 'packets', appliesTo: isDevice, parameter })),
  { section: 'packets', appliesTo: isDevice, parameter: ATS_ROW },
  { section: 'packets', appliesTo: isDevice, parameter: ECRC_ROW },
  { section: 'packets', appliesTo: (fn) => fn.kind === 'upstreamPort', parameter: ARBITRATION_ROW },
  { section: 'packets', appliesTo: isSwitchPort, parameter: WEIGHT_ROW },
];

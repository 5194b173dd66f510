/*
 * The part of `lspci -vv` that follows each `Capabilities:` line.
 */
import { MIB } from '../base/units.ts';
import { ACS_BITS } from '../core/pcie/acs.ts';
import type { PortTypeName } from '../core/config/expressCapability.ts';
import type { ExpressFacts, FunctionFacts, LineRef } from './facts.ts';
import { flagIn, parseAddress, parsePayloadSize, parseSize, type TextContext } from './verboseWords.ts';

/** Words after `Express (v2)`; the beginning decides. Longer ones first where one begins another. */
const PORT_TYPES: readonly (readonly [text: string, type: PortTypeName])[] = [
  ['Endpoint', 'endpoint'],
  ['Legacy Endpoint', 'legacyEndpoint'],
  ['Root Port', 'rootPort'],
  ['Upstream Port', 'upstreamPort'],
  ['Downstream Port', 'downstreamPort'],
  ['PCI-Express to PCI/PCI-X Bridge', 'pcieToPciBridge'],
  ['PCI/PCI-X to PCI-Express Bridge', 'pciToPcieBridge'],
  ['Root Complex Integrated Endpoint', 'rcEndpoint'],
  ['Root Complex Event Collector', 'rcEventCollector'],
];

/** Short names of the ACS flags, as lspci prints them. */
const ACS_FLAGS: readonly (readonly [text: string, bit: number])[] = [
  ['SrcValid', ACS_BITS.sourceValidation],
  ['TransBlk', ACS_BITS.translationBlocking],
  ['ReqRedir', ACS_BITS.p2pRequestRedirect],
  ['CmpltRedir', ACS_BITS.p2pCompletionRedirect],
  ['UpstreamFwd', ACS_BITS.upstreamForwarding],
  ['EgressCtrl', ACS_BITS.p2pEgressControl],
  ['DirectTrans', ACS_BITS.directTranslatedP2p],
];

/** Generation by lane rate; `unknown` is code 0. */
const GENS: ReadonlyMap<string, number> = new Map([
  ['unknown', 0],
  ['2.5', 1],
  ['5', 2],
  ['5.0', 2],
  ['8', 3],
  ['8.0', 3],
  ['16', 4],
  ['16.0', 4],
  ['32', 5],
  ['32.0', 5],
  ['64', 6],
  ['64.0', 6],
]);

function acsFlags(text: string): number {
  return ACS_FLAGS.reduce((bits, [name, bit]) => (flagIn(text, name) === true ? bits | bit : bits), 0);
}

function linkFacts(text: string): { gen: number; width: number } | undefined {
  const match = /Speed (unknown|\d+(?:\.\d)?)(?:GT\/s)?(?: \(\w+\))?, Width x(\d{1,2})/.exec(text);
  if (match === null) return undefined;
  return { gen: GENS.get(match[1] ?? '') ?? 0, width: Number(match[2]) };
}

/** `Capabilities: [54] Express (v2) Root Port (Slot+), MSI 00`: notes what is there. */
export function readCapabilityLine(facts: FunctionFacts, context: TextContext, text: string): boolean {
  if (text.includes('<access denied>')) {
    context.capability = 'denied';
    return true;
  }
  const match = /^Capabilities: \[[0-9a-f]{2,3}(?: v\d+)?\] (.*)$/i.exec(text);
  if (match === null) return false;
  facts.capabilities = 'known';
  const name = match[1] ?? '';
  context.capability = name;
  return PRESENCE.some(([start, note]) => name.startsWith(start) && note(facts, name));
}

/** Capabilities that matter by being there, by the beginning of their name. */
const PRESENCE: readonly (readonly [start: string, note: (facts: FunctionFacts, name: string) => boolean])[] = [
  ['Express', noteExpress],
  ['MSI-X: ', noteMsix],
  ['Access Control Services', () => true],
  ['Address Translation Service', (facts) => (facts.ats = true)],
  ['Page Request Interface', (facts) => (facts.pageRequest = true)],
  ['Process Address Space ID', (facts) => (facts.pasid = true)],
  ['Single Root I/O Virtualization', noteSriov],
  ['Physical Resizable BAR', () => true],
];

function noteExpress(facts: FunctionFacts, name: string): boolean {
  const rest = name.replace(/^Express (?:\(v\d\) )?/, '');
  const type = PORT_TYPES.find(([text]) => rest.startsWith(text));
  facts.express ??= { portType: type?.[1], slotImplemented: rest.includes('(Slot+)'), reportsActive: false };
  return true;
}

function noteMsix(facts: FunctionFacts, name: string): boolean {
  const count = /Count=(\d{1,4})\b/.exec(name) ?? /TabSize=(\d{1,4})\b/.exec(name);
  const vectors = Number(count?.[1] ?? 0);
  if (vectors < 1 || vectors > 2048) return false;
  facts.msix ??= { vectors, bar: 0, tableOffset: 0, pbaOffset: 0 };
  return true;
}

function noteSriov(facts: FunctionFacts): boolean {
  facts.sriov ??= { enabled: false, count: 0, offset: 0, stride: 0, deviceId: 0, barStarts: [] };
  return true;
}

type InsideReader = (facts: FunctionFacts, text: string, at: LineRef) => boolean;

/** Readers of lines inside a capability, by the beginning of its name. */
const INSIDE: readonly (readonly [start: string, read: InsideReader])[] = [
  ['Express', (facts, text, at) => facts.express !== undefined && insideExpress(facts, facts.express, text, at)],
  ['MSI-X: ', insideMsix],
  ['Access Control Services', insideAcs],
  ['Single Root I/O Virtualization', insideSriov],
  ['Physical Resizable BAR', insideResizable],
];

/** Reads a line that belongs to the capability last named. */
export function readInsideCapability(facts: FunctionFacts, context: TextContext, text: string, at: LineRef): boolean {
  const entry = INSIDE.find(([start]) => context.capability.startsWith(start));
  return entry !== undefined && entry[1](facts, text, at);
}

function insideExpress(facts: FunctionFacts, express: ExpressFacts, text: string, at: LineRef): boolean {
  if (text.startsWith('DevCap:')) {
    const match = /MaxPayload (\d{3,4}) bytes/.exec(text);
    const supported = parsePayloadSize(match?.[1] ?? '');
    if (supported !== undefined) express.mpsSupportedBytes = supported;
    return supported !== undefined;
  }
  if (text.startsWith('MaxPayload') || text.startsWith('DevCtl:')) {
    const match = /MaxPayload (\d{3,4}) bytes, MaxReadReq (\d{3,4}) bytes/.exec(text);
    const mps = parsePayloadSize(match?.[1] ?? '');
    const mrrs = parsePayloadSize(match?.[2] ?? '');
    if (mps !== undefined) express.mpsBytes = mps;
    if (mrrs !== undefined) express.mrrsBytes = mrrs;
    return mps !== undefined && mrrs !== undefined;
  }
  if (text.startsWith('LnkCap:')) {
    const link = linkFacts(text);
    if (link !== undefined) express.capability = link;
    return link !== undefined;
  }
  if (text.startsWith('LnkSta:')) {
    const link = linkFacts(text);
    if (link === undefined) return false;
    express.status = { ...link, active: flagIn(text, 'DLActive') === true };
    facts.linkStatusLine = at;
    return true;
  }
  return insideExpressContinued(express, text);
}

/** Second lines, whose first words vary between versions. */
function insideExpressContinued(express: ExpressFacts, text: string): boolean {
  const active = flagIn(text, 'DLActive');
  if (active !== undefined && express.status !== undefined) {
    express.status.active = active;
    return true;
  }
  const reports = flagIn(text, 'LLActRep');
  if (reports !== undefined) {
    express.reportsActive = reports;
    return true;
  }
  if (text.startsWith('SltCap:')) {
    express.hotPlug = flagIn(text, 'HotPlug') === true;
    return true;
  }
  const slot = /^Slot #(\d{1,5})\b/.exec(text);
  if (slot === null || Number(slot[1]) > 8191) return false;
  express.slotNumber = Number(slot[1]);
  return true;
}

function insideMsix(facts: FunctionFacts, text: string): boolean {
  const match = /^(Vector table|PBA): BAR=([0-5]) offset=([0-9a-f]{8})$/i.exec(text);
  if (match === null || facts.msix === undefined) return false;
  const offset = parseInt(match[3] ?? '', 16);
  facts.msix =
    match[1] === 'PBA'
      ? { ...facts.msix, pbaOffset: offset }
      : { ...facts.msix, bar: Number(match[2]), tableOffset: offset };
  return true;
}

function insideAcs(facts: FunctionFacts, text: string): boolean {
  if (text.startsWith('ACSCap:')) {
    facts.acs = { capability: acsFlags(text), control: facts.acs?.control ?? 0 };
    return true;
  }
  if (text.startsWith('ACSCtl:')) {
    facts.acs = { capability: facts.acs?.capability ?? 0, control: acsFlags(text) };
    return true;
  }
  return false;
}

function insideSriov(facts: FunctionFacts, text: string): boolean {
  const sriov = facts.sriov;
  if (sriov === undefined) return false;
  if (text.startsWith('IOVCtl:')) {
    sriov.enabled = flagIn(text, 'Enable') === true;
    return true;
  }
  const count = /Number of VFs: (\d{1,5})/.exec(text);
  if (count !== null) {
    sriov.count = Number(count[1]);
    return true;
  }
  const bar = /^Region [0-5]: Memory at ([0-9a-f]{4,16})/i.exec(text);
  const start = bar === null ? undefined : parseAddress(bar[1] ?? '');
  if (start !== undefined) {
    sriov.barStarts = [...sriov.barStarts, start];
    return true;
  }
  const place = /^VF offset: (\d{1,5}), stride: (\d{1,5}), Device ID: ([0-9a-f]{4})/i.exec(text);
  if (place === null) return false;
  sriov.offset = Number(place[1]);
  sriov.stride = Number(place[2]);
  sriov.deviceId = parseInt(place[3] ?? '', 16);
  return true;
}

function insideResizable(facts: FunctionFacts, text: string): boolean {
  const match = /^BAR ([0-5]): current size: (\w+), supported:((?: \w+)*)/.exec(text);
  const currentBytes = parseSize(match?.[2] ?? '');
  if (match === null || currentBytes === undefined) return false;
  const sizesBytes = (match[3] ?? '')
    .split(' ')
    .map(parseSize)
    .filter((size) => size !== undefined)
    .filter((size) => size >= MIB && Number.isInteger(Math.log2(size)));
  facts.resizable.push({ index: Number(match[1]), sizesBytes, currentBytes });
  return true;
}

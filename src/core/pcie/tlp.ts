/*
 * TLP kinds and sizes. Facts: semantics reference section 7, performance reference section 2.
 */

/** Kinds by their specification mnemonics. The numbers are the simulator's, used in typed arrays and hop records. */
export const TLP_KIND = {
  MRd: 0,
  MWr: 1,
  CfgRd0: 2,
  CfgWr0: 3,
  CfgRd1: 4,
  CfgWr1: 5,
  Cpl: 6,
  CplD: 7,
  Msg: 8,
  MsgD: 9,
  IORd: 10,
  IOWr: 11,
  FetchAdd: 12,
  Swap: 13,
  CAS: 14,
} as const;

export type TlpKindName = keyof typeof TLP_KIND;
export type TlpKind = (typeof TLP_KIND)[TlpKindName];

/** Mnemonic of a kind number. */
export const TLP_KIND_NAMES: readonly TlpKindName[] = [
  'MRd',
  'MWr',
  'CfgRd0',
  'CfgWr0',
  'CfgRd1',
  'CfgWr1',
  'Cpl',
  'CplD',
  'Msg',
  'MsgD',
  'IORd',
  'IOWr',
  'FetchAdd',
  'Swap',
  'CAS',
];

/** The three flow-control classes, as numbers for typed arrays. */
export const TLP_CLASS = { posted: 0, nonPosted: 1, completion: 2 } as const;
export type TlpClassName = keyof typeof TLP_CLASS;
export type TlpClass = (typeof TLP_CLASS)[TlpClassName];

/** Class of each kind, by kind number. */
export const CLASS_OF_KIND: readonly TlpClass[] = [1, 0, 1, 1, 1, 1, 2, 2, 0, 0, 1, 1, 1, 1, 1];

/** Completion status codes (semantics reference T-7). */
export const COMPLETION_STATUS = { SC: 0, UR: 1, CRS: 2, CA: 4 } as const;
export type CompletionStatusName = keyof typeof COMPLETION_STATUS;
export type CompletionStatus = (typeof COMPLETION_STATUS)[CompletionStatusName];

/** How a read ended for its requester: a completion status, or why there was none to believe. */
export const READ_OUTCOME = { ...COMPLETION_STATUS, timeout: 8, poisoned: 9 } as const;
export type ReadOutcome = (typeof READ_OUTCOME)[keyof typeof READ_OUTCOME];

const OUTCOME_TEXTS: Readonly<Record<ReadOutcome, string>> = {
  [READ_OUTCOME.SC]: 'answered with data',
  [READ_OUTCOME.UR]: 'answered with Unsupported Request',
  [READ_OUTCOME.CRS]: 'answered with Configuration Request Retry Status',
  [READ_OUTCOME.CA]: 'answered with Completer Abort',
  [READ_OUTCOME.timeout]: 'not answered in time (completion timeout)',
  [READ_OUTCOME.poisoned]: 'answered with poisoned data',
};

/** What became of a read, after `a read was`. @param outcome READ_OUTCOME, as a number from a register. */
export function readOutcomeText(outcome: number): string {
  const known = Object.values(READ_OUTCOME).find((candidate) => candidate === outcome);
  return known === undefined ? `answered with status ${outcome}` : OUTCOME_TEXTS[known];
}

/** Header of a memory request: 12 bytes below 4 GiB, 16 at or above (semantics reference T-1). */
export function requestHeaderBytes(address: number): 12 | 16 {
  return address >= 2 ** 32 ? 16 : 12;
}

export const COMPLETION_HEADER_BYTES = 12;
export const CONFIG_HEADER_BYTES = 12;
export const ECRC_BYTES = 4;

/** One data credit covers 16 bytes of payload. */
export const DATA_CREDIT_BYTES = 16;

/** Requests do not cross this boundary (semantics reference T-2). */
export const REQUEST_BOUNDARY_BYTES = 4096;

/** What a TLP's payload is for. Statistics only; it has no influence on timing or routing. */
export const FLOW = {
  /** Descriptors, doorbells, interrupts, status: everything that is not the user's payload. */
  control: 0,
  /** The job's bytes, going device to device. */
  p2p: 1,
  /** The job's bytes on their way into host memory. */
  bounceIn: 2,
  /** The job's bytes on their way out of host memory. */
  bounceOut: 3,
} as const;
export type FlowName = keyof typeof FLOW;
export type Flow = (typeof FLOW)[FlowName];
export const FLOW_COUNT = 4;

/**
 * The flow byte of a TLP: what its payload is for (FLOW, bits 1:0) and whose it is (flow number, bits 7:2). Flow 0 is
 * the transfer, so its bytes are the classes themselves; control traffic belongs to no flow.
 */
export type FlowByte = number;
/** Flow numbers a byte has room for. */
export const FLOW_NUMBERS = 64;

/** @param flowNumber 0…63. */
export function flowByteOf(flow: Flow, flowNumber: number): FlowByte {
  return flow + FLOW_COUNT * flowNumber;
}

const FLOW_CLASSES: readonly Flow[] = [FLOW.control, FLOW.p2p, FLOW.bounceIn, FLOW.bounceOut];

/** What the payload is for. */
export function flowClassOf(flowByte: FlowByte): Flow {
  return FLOW_CLASSES[flowByte & 3] ?? FLOW.control;
}

/** Whose payload it is; 0 = the transfer's. */
export function flowNumberOf(flowByte: FlowByte): number {
  return (flowByte >> 2) & 0x3f;
}

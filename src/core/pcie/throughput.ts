/*
 * Closed forms for the throughput of one link: what the event-driven core is checked against.
 * Source: PCIe performance reference, section 3. tx = from the issuing device towards its peer, rx = back.
 */
import {
  ackLimitSymbols,
  linkBytesPerSecond,
  type LinkGen,
  linkRate,
  type LinkWidth,
  SKP_INTERVAL_SYMBOLS,
  SKP_SYMBOLS,
} from './link.ts';
import { COMPLETION_HEADER_BYTES, ECRC_BYTES } from './tlp.ts';
import type { CompletionChunk } from './splitting.ts';

/** What the device does back to back: write, read, or one of each. */
export type LinkOperation = 'write' | 'read' | 'readwrite';

export interface LinkSetting {
  readonly gen: LinkGen;
  readonly lanes: LinkWidth;
  readonly mpsBytes: number;
  readonly mrrsBytes: number;
  readonly rcbBytes: number;
  readonly completionChunk: CompletionChunk;
  readonly addressBits: 32 | 64;
  readonly ecrc: boolean;
}

/** TLPs and bytes of one operation (equation 3.1). */
export interface OperationCost {
  readonly writes: number;
  readonly readRequests: number;
  readonly completions: number;
  readonly txTlps: number;
  readonly rxTlps: number;
  readonly txWireBytes: number;
  readonly rxWireBytes: number;
}

/** A line of fixed slope plus terms that stop growing: bytes per second a direction carries at rate T. */
interface DirectionLoad {
  readonly bytesPerOperation: number;
  /** TLPs per operation that trigger one class of DLLPs in this direction. */
  readonly dllpTriggers: readonly number[];
}

/**
 * Equation 3.1.
 * @param sizeBytes payload of one operation, at least 1, aligned so that no extra split occurs.
 */
export function operationCost(setting: LinkSetting, operation: LinkOperation, sizeBytes: number): OperationCost {
  const { mpsBytes, mrrsBytes, rcbBytes } = setting;
  const framing = linkRate(setting.gen).framingBytes + (setting.ecrc ? ECRC_BYTES : 0);
  const requestBytes = framing + (setting.addressBits === 64 ? 16 : 12);
  const completionBytes = framing + COMPLETION_HEADER_BYTES;
  const chunk = setting.completionChunk === 'rcb' ? Math.min(rcbBytes, mpsBytes) : mpsBytes;

  const writes = operation === 'read' ? 0 : Math.ceil(sizeBytes / mpsBytes);
  const readRequests = operation === 'write' ? 0 : Math.ceil(sizeBytes / mrrsBytes);
  const lastRequest = sizeBytes - (readRequests - 1) * mrrsBytes;
  const completions =
    readRequests === 0 ? 0 : (readRequests - 1) * Math.ceil(mrrsBytes / chunk) + Math.ceil(lastRequest / chunk);
  return {
    writes,
    readRequests,
    completions,
    txTlps: writes + readRequests,
    rxTlps: completions,
    txWireBytes: writes * requestBytes + (writes > 0 ? sizeBytes : 0) + readRequests * requestBytes,
    rxWireBytes: completions * completionBytes + (completions > 0 ? sizeBytes : 0),
  };
}

/** Payload bytes a second if nothing but TLPs used the link. */
export function ceilingBytesPerSecond(setting: LinkSetting, operation: LinkOperation, sizeBytes: number): number {
  const cost = operationCost(setting, operation, sizeBytes);
  return (sizeBytes * linkBytesPerSecond(setting.gen, setting.lanes)) / Math.max(cost.txWireBytes, cost.rxWireBytes);
}

/**
 * Equation 3.3: SKP ordered sets, and Ack and UpdateFC DLLPs coalesced by their timer, each charged to the direction
 * that carries them. In flit mode both are free and this equals the ceiling.
 */
export function nominalBytesPerSecond(setting: LinkSetting, operation: LinkOperation, sizeBytes: number): number {
  const perSymbolTime = linkBytesPerSecond(setting.gen, setting.lanes) / setting.lanes;
  const limit = ackLimitSymbols(setting.gen, setting.lanes, setting.mpsBytes);
  const saturatedDllps = (linkRate(setting.gen).dllpBytes * perSymbolTime) / limit;
  return withDllps(setting, operation, sizeBytes, saturatedDllps);
}

/** As {@link nominalBytesPerSecond} with one DLLP of each class for every TLP; undefined in flit mode. */
export function denseDllpBytesPerSecond(
  setting: LinkSetting,
  operation: LinkOperation,
  sizeBytes: number,
): number | undefined {
  if (linkRate(setting.gen).dllpBytes === 0) return undefined;
  return withDllps(setting, operation, sizeBytes, Infinity);
}

/**
 * Equation 3.6, the model published with pcie-bench; undefined for generation 6, where it has none.
 * @spec R. Neugebauer et al., SIGCOMM 2018, companion code (performance reference 3.6)
 */
export function pcieBenchBytesPerSecond(
  setting: LinkSetting,
  operation: LinkOperation,
  sizeBytes: number,
): number | undefined {
  const tlpLayer = pcieBenchTlpLayerBytesPerSecond(setting);
  if (tlpLayer === undefined) return undefined;
  const cost = operationCost(setting, operation, sizeBytes);
  // The published model does not tie completions to requests.
  const chunk = setting.completionChunk === 'rcb' ? Math.min(setting.rcbBytes, setting.mpsBytes) : setting.mpsBytes;
  const completions = operation === 'write' ? 0 : Math.ceil(sizeBytes / chunk);
  const completionBytes =
    linkRate(setting.gen).framingBytes + COMPLETION_HEADER_BYTES + (setting.ecrc ? ECRC_BYTES : 0);
  const rxBytes = completions === 0 ? 0 : completions * completionBytes + sizeBytes;
  return (sizeBytes * tlpLayer) / Math.max(cost.txWireBytes, rxBytes);
}

/** Bytes a second that equation 3.6 leaves for TLPs; undefined for generation 6. */
export function pcieBenchTlpLayerBytesPerSecond(setting: LinkSetting): number | undefined {
  const { dllpBytes } = linkRate(setting.gen);
  if (dllpBytes === 0) return undefined;
  const limit = ackLimitSymbols(setting.gen, setting.lanes, setting.mpsBytes);
  const share = 1 - (2 * dllpBytes) / limit - SKP_SYMBOLS / SKP_INTERVAL_SYMBOLS;
  return linkBytesPerSecond(setting.gen, setting.lanes) * share;
}

function withDllps(setting: LinkSetting, operation: LinkOperation, sizeBytes: number, saturatedDllps: number): number {
  const cost = operationCost(setting, operation, sizeBytes);
  const { dllpBytes } = linkRate(setting.gen);
  const skip = dllpBytes === 0 ? 0 : SKP_SYMBOLS / SKP_INTERVAL_SYMBOLS;
  const capacity = linkBytesPerSecond(setting.gen, setting.lanes) * (1 - skip);
  // Acks answer all TLPs of the other direction; UpdateFC follows posted and non-posted ones, completions are free.
  const tx: DirectionLoad = { bytesPerOperation: cost.txWireBytes, dllpTriggers: [cost.completions] };
  const rx: DirectionLoad = {
    bytesPerOperation: cost.rxWireBytes,
    dllpTriggers: [cost.writes + cost.readRequests, cost.writes, cost.readRequests],
  };
  const rate = Math.min(
    largestRate(tx, capacity, dllpBytes, saturatedDllps),
    largestRate(rx, capacity, dllpBytes, saturatedDllps),
  );
  return sizeBytes * rate;
}

/**
 * The largest T with `T · bytes + Σ min(dllpBytes · T · trigger, saturated) ≤ capacity`. The left side is piecewise
 * linear and grows, so the answer lies on the first piece whose end exceeds the capacity.
 */
function largestRate(load: DirectionLoad, capacity: number, dllpBytes: number, saturated: number): number {
  const triggers = load.dllpTriggers.filter((trigger) => trigger > 0 && dllpBytes > 0).sort((a, b) => b - a);
  let slope = load.bytesPerOperation + triggers.reduce((sum, trigger) => sum + dllpBytes * trigger, 0);
  let constant = 0;
  for (const trigger of triggers) {
    const kink = saturated / (dllpBytes * trigger);
    if (constant + slope * kink >= capacity) break;
    slope -= dllpBytes * trigger;
    constant += saturated;
  }
  return slope <= 0 ? Infinity : (capacity - constant) / slope;
}

/*
 * What the inputs say about one function, from raw registers, from text or from both. `undefined` means
 * that no input says it. Filled by rawConfig.ts and verboseText.ts, read by everything after.
 */
import type { PortTypeName } from '../core/config/expressCapability.ts';
import type { InputLines } from './lines.ts';

/** Where a fact was read, for the preview. */
export interface LineRef {
  readonly input: InputLines;
  readonly line: number;
}

export interface BarFacts {
  index: number;
  space: 'memory' | 'io';
  widthBits: 32 | 64;
  prefetchable: boolean;
  /** undefined = not assigned. */
  address: number | undefined;
  sizeBytes: number | undefined;
}

/** Codes as the registers hold them: 0 is "unknown". */
export interface LinkFacts {
  gen: number;
  width: number;
}

export interface ExpressFacts {
  portType: PortTypeName | undefined;
  slotImplemented: boolean;
  mpsSupportedBytes?: number;
  mpsBytes?: number;
  mrrsBytes?: number;
  capability?: LinkFacts;
  status?: LinkFacts & { active: boolean };
  /** Whether Link Capabilities says that `active` means something. */
  reportsActive: boolean;
  slotNumber?: number;
  hotPlug?: boolean;
}

export interface Range {
  readonly base: number;
  readonly limit: number;
}

/** Windows of a bridge; undefined = closed. */
export interface WindowFacts {
  io?: Range | undefined;
  memory?: Range | undefined;
  prefetchable?: Range | undefined;
}

export interface ResizableFacts {
  index: number;
  sizesBytes: readonly number[];
  currentBytes: number;
}

export interface SriovFacts {
  enabled: boolean;
  count: number;
  offset: number;
  stride: number;
  deviceId: number;
  /** Where the BARs of the virtual functions begin. */
  barStarts: readonly number[];
}

/** How well the capabilities are known. `none`: the function says it has none. */
export type CapabilityKnowledge = 'known' | 'none' | 'hidden';

export interface FunctionFacts {
  readonly segment: number;
  readonly bus: number;
  readonly device: number;
  readonly fn: number;
  /** Header line of its first block. */
  readonly header: LineRef;
  className: string;
  description: string;
  vendorId?: number;
  deviceId?: number;
  subsystemVendorId?: number;
  subsystemId?: number;
  classCode?: number;
  revision?: number;
  /** 0 ordinary, 1 bridge, 2 CardBus bridge. */
  headerType?: number;
  command?: number;
  buses?: { primary: number; secondary: number; subordinate: number };
  windows?: WindowFacts;
  bars: BarFacts[];
  /** BARs whose address in the text is one of the processor's, not of the bus; their bus address is unknown. */
  cpuAddressed: number[];
  /** False where the order of BARs is known, but not their indices (`lspci -v`). */
  barIndicesKnown: boolean;
  rom?: { address: number | undefined; sizeBytes: number | undefined };
  interruptPin?: number;
  capabilities: CapabilityKnowledge;
  express?: ExpressFacts;
  acs?: { capability: number; control: number };
  /** 16 hexadecimal digits; present only where identifiers are kept. */
  serialNumber?: string;
  msix?: { vectors: number; bar: number; tableOffset: number; pbaOffset: number };
  ats: boolean;
  pageRequest: boolean;
  pasid: boolean;
  resizable: ResizableFacts[];
  sriov?: SriovFacts;
  driver?: string;
  iommuGroup?: string;
  numaNode?: number;
  /** 64 to 4096 bytes, identifiers removed. */
  image?: Uint8Array;
  /** Line of the Link Status text, where there is one. */
  linkStatusLine?: LineRef;
  /** Raw registers or a detailed description were present, not only the header line. */
  detailed: boolean;
}

/** Facts of a function of which only the header line has been seen. */
export function emptyFacts(
  place: { readonly segment: number; readonly bus: number; readonly device: number; readonly fn: number },
  header: LineRef,
): FunctionFacts {
  return {
    segment: place.segment,
    bus: place.bus,
    device: place.device,
    fn: place.fn,
    header,
    className: '',
    description: '',
    bars: [],
    cpuAddressed: [],
    barIndicesKnown: true,
    capabilities: 'hidden',
    ats: false,
    pageRequest: false,
    pasid: false,
    resizable: [],
    detailed: false,
  };
}

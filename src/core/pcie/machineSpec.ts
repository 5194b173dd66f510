/*
 * What a machine is made of, as plain data: the part of a topology document that hardware is built from.
 * It lives with the protocol so that the document (src/topology) and the models (src/core/models) share it
 * without knowing each other.
 *
 *   hostBridge pcie0 (segment 0, root bus 00)
 *   ├── 00.0 host bridge function
 *   ├── 01.0 rootPort rp0 ── link ── 00.0 upstreamPort sw0
 *   │                                 ├── 00.0 downstreamPort ── link ── 00.0 endpoint iopmem0
 *   │                                 └── 01.0 downstreamPort ── link ── 00.0 endpoint nic0
 *   └── 02.0 rootPort rp1 ── link ── 00.0 endpoint nvme0
 *
 * A function names its parent: a host bridge (it sits on the root bus), a port or bridge (it sits on that
 * port's secondary bus). A switch is an upstream port and the downstream ports whose parent it is.
 */
import type { LinkGen, LinkWidth } from './link.ts';

/** Stable identifier of a function or host bridge inside one document: `[a-z0-9][a-z0-9._-]*`, at most 64 characters. */
export type NodeId = string;

/** The role of a function in the hierarchy. */
export type FunctionKind =
  | 'hostBridge' // the 00.0 function of class 0600; an ordinary type 0 function on the root bus
  | 'rootPort'
  | 'upstreamPort'
  | 'downstreamPort'
  | 'endpoint'
  | 'legacyEndpoint'
  | 'rcEndpoint' // root-complex integrated endpoint
  | 'rcEventCollector'
  | 'pcieToPciBridge'
  | 'pciToPcieBridge'
  | 'pciBridge' // conventional PCI-to-PCI bridge
  | 'pciDevice'; // conventional function without a PCI Express capability

export interface FunctionIdentity {
  readonly vendorId: number;
  readonly deviceId: number;
  /** 0…255 */
  readonly revision: number;
  /** 24 bits: base class, subclass, programming interface (`0x018002`). */
  readonly classCode: number;
  readonly subsystemVendorId: number;
  readonly subsystemId: number;
}

export interface BarSpec {
  /** 0…5 (type 0), 0…1 (type 1). A 64-bit BAR also occupies index + 1. */
  readonly index: number;
  readonly space: 'memory' | 'io';
  readonly widthBits: 32 | 64;
  readonly prefetchable: boolean;
  /** Power of two. Memory at least 128 B, I/O at least 4 B. */
  readonly sizeBytes: number;
  /** Sizes the resizable-BAR capability offers; absent = fixed. */
  readonly resizableBytes?: readonly number[];
}

/** One end of a link. The negotiated link is the lower of both ends (and what `trained` says, if anything). */
export interface LinkEndSpec {
  readonly maxGen: LinkGen;
  readonly maxWidth: LinkWidth;
  /** Set when the link is known to run below both ends' capability: a degraded or deliberately limited link. */
  readonly limitGen?: LinkGen;
  readonly limitWidth?: LinkWidth;
  /** What an imported machine's Link Status said when it was dumped. Idle devices run slow; not used for timing. */
  readonly observed?: { readonly gen: LinkGen; readonly width: number; readonly active: boolean };
  /** Metres of trace or cable below this port. Default 0.3. Read at the upstream side of the link. */
  readonly lengthMetres?: number;
  readonly disabled?: boolean;
  /** Retimers on the link below this port, 0…2; each adds 10 ns each way. Read at the upstream side of the link. */
  readonly retimers?: number;
  /** Probability that one received bit is wrong (flit mode: after FEC), both directions, 0…1e-3. Default 0. Upstream side. */
  readonly bitErrorRate?: number;
  /** Replay buffer of each direction in bytes, 512…1 MiB. Default: enough for the link. Read at the upstream side. */
  readonly replayBufferBytes?: number;
}

export interface AcsSpec {
  /** Capability bits 6:0. */
  readonly capability: number;
  /** Control bits as firmware left them. */
  readonly control: number;
  /** Egress Control Vector as firmware left it: bit n = requests to the peer port number n (its device number). Default 0. */
  readonly egressVector?: number;
}

/** Optional capabilities beyond those every PCI Express function carries (enumeration reference, section 8). */
export interface OptionalCapabilities {
  /** Number of MSI-X vectors, 1…2048; absent = no MSI-X. `bar` holds table and PBA. */
  readonly msix?: {
    readonly vectors: number;
    readonly bar: number;
    readonly tableOffset: number;
    readonly pbaOffset: number;
  };
  readonly ats?: boolean;
  /** ATS Enable after boot: the device translates by itself and sends translated requests. Default false. */
  readonly atsEnabled?: boolean;
  readonly pageRequest?: boolean;
  readonly pasid?: boolean;
  /** Only the PCI Express capability, as the 2016 device had it (enumeration reference 9.1). */
  readonly historicalMinimum?: boolean;
}

/** What firmware had set up, kept by enumeration where it is consistent (enumeration reference N-3, X-9). */
export interface FirmwareState {
  readonly command?: number;
  readonly buses?: { readonly primary: number; readonly secondary: number; readonly subordinate: number };
  /** Inclusive ranges; absent = closed. */
  readonly ioWindow?: { readonly base: number; readonly limit: number };
  readonly memoryWindow?: { readonly base: number; readonly limit: number };
  readonly prefetchableWindow?: { readonly base: number; readonly limit: number };
  /** BAR index → address; 6 = expansion ROM; absent = unassigned. */
  readonly bars?: Readonly<Record<number, number>>;
}

/** Model parameters of a device; the discriminator picks the hardware model. */
export type DeviceModel =
  /** BAR 4 memory that never initiates (enumeration reference 9.1). `readLatency_ps` default 250 ns. */
  | { readonly type: 'iopmem'; readonly readLatency_ps?: number }
  /** Descriptor rings and a wire in each direction. */
  | { readonly type: 'nic'; readonly wireBitsPerSecond: number; readonly tags?: number }
  /** Memory-to-memory engine between any two bus addresses. */
  | { readonly type: 'dma'; readonly tags?: number; readonly rateBytesPerSecond?: number }
  /** Drive: media of `capacityBytes` behind an engine; `cmbBar` is the controller memory buffer, if any. */
  | {
      readonly type: 'nvme';
      readonly capacityBytes: number;
      readonly readBytesPerSecond: number;
      readonly writeBytesPerSecond: number;
      readonly cmbBar?: number;
      readonly tags?: number;
    }
  /** Accelerator: memory behind BAR `apertureBar` and a copy engine. `readLatency_ps` default 800 ns. */
  | { readonly type: 'gpu'; readonly apertureBar: number; readonly readLatency_ps?: number; readonly tags?: number }
  /** A class nobody models: its memory BARs are plain memory, it never initiates. */
  | { readonly type: 'generic'; readonly readLatency_ps?: number };

export interface SwitchParameters {
  /** Pin to pin, first bit in to first bit out. Default by generation (performance reference, section 6). */
  readonly latency_ps?: number;
  readonly forwarding?: 'cutThrough' | 'storeAndForward';
  /** Turns at each egress. Default roundRobin. */
  readonly arbitration?: 'roundRobin' | 'weighted';
}

/** Receiver buffers advertised by a port; absent = default formula of the performance reference, section 6. */
export interface CreditSpec {
  readonly postedHeader?: number;
  readonly postedData?: number;
  readonly nonPostedHeader?: number;
  readonly nonPostedData?: number;
  readonly completionHeader?: number;
  readonly completionData?: number;
}

export interface FunctionSpec {
  readonly id: NodeId;
  /** What the page shows; any text, at most 80 characters. */
  readonly name: string;
  /** Host bridge or bridge function on whose secondary bus this function sits. */
  readonly parent: NodeId;
  /** 0…31 and 0…7 on that bus. */
  readonly device: number;
  readonly fn: number;
  readonly kind: FunctionKind;
  readonly identity: FunctionIdentity;
  readonly bars: readonly BarSpec[];
  /** Expansion ROM size in bytes, power of two ≥ 2 KiB. */
  readonly romBytes?: number;
  /** The link this function's port drives: below a root or downstream port, above an endpoint or upstream port. */
  readonly link?: LinkEndSpec;
  /** Max_Payload_Size Supported, 128…4096. Default 256. */
  readonly mpsSupportedBytes?: number;
  /** Set in Device Control before enumeration (firmware) or forced after it; absent = what the policy gives. */
  readonly mpsBytes?: number;
  /** Max_Read_Request_Size, 128…4096. Default 512. */
  readonly mrrsBytes?: number;
  readonly acs?: AcsSpec;
  /** Present on ports with a slot. */
  readonly slot?: { readonly number: number; readonly hotPlug: boolean };
  /** 16 hexadecimal digits. */
  readonly serialNumber?: string;
  readonly interruptPin?: 0 | 1 | 2 | 3 | 4;
  readonly capabilities?: OptionalCapabilities;
  readonly credits?: CreditSpec;
  /** Upstream ports: the switch they belong to. */
  readonly switch?: SwitchParameters;
  /** Ports of a switch with weighted arbitration: turns in a row at an egress, 1…16. Default 1. */
  readonly arbitrationWeight?: number;
  /** Attributes of the TLPs an endpoint's engine sends. */
  readonly ordering?: {
    /** Enable Relaxed Ordering (Device Control bit 4) is used for payload. Default false. */
    readonly relaxed?: boolean;
    /** ID-based ordering on requests and completions (Device Control 2). Default false. */
    readonly idBased?: boolean;
  };
  /** Adds an ECRC digest to what it sends, and checks what it receives (AER capabilities register). Default false. */
  readonly ecrc?: boolean;
  /** Device Control 2, Completion Timeout Value (semantics reference E-1) and Disable. Default: value 0, 10 ms. */
  readonly completionTimeout?: { readonly value?: number; readonly disabled?: boolean };
  /** Endpoints only. Absent = generic. */
  readonly model?: DeviceModel;
  readonly firmware?: FirmwareState;
  /** Raw configuration space of an imported function: hexadecimal, 2 digits a byte, 64…4096 bytes. */
  readonly configImage?: string;
  /** VF of that physical function. */
  readonly virtualFunctionOf?: NodeId;
  /** Facts of an imported machine, shown and used by the reasoning, never by timing. */
  readonly observed?: {
    readonly driver?: string;
    readonly iommuGroup?: string;
    readonly numaNode?: number;
    readonly description?: string;
  };
}

/** One host bridge with its root bus. */
export interface HostBridgeSpec {
  readonly id: NodeId;
  readonly name: string;
  /** 0…0xffffffff (real machines have five-digit domains). */
  readonly segment: number;
  /** Root bus number and the last number of its range, 0…255. */
  readonly rootBus: number;
  readonly lastBus: number;
  readonly numaNode: number;
  /** CPU-visible windows, inclusive; absent = enumeration reference section 6 defaults. */
  readonly windows?: {
    readonly io?: { readonly base: number; readonly limit: number };
    readonly memory32?: { readonly base: number; readonly limit: number };
    readonly memory64?: { readonly base: number; readonly limit: number };
  };
  /** What the root complex does with peer traffic between its ports; separate from what the kernel believes. */
  readonly peerToPeer?: {
    readonly write: PeerPolicy;
    readonly read: PeerPolicy;
    /** Extra latency, default 200 ns. */
    readonly latency_ps?: number;
    /** Cap in payload bytes per second; absent = the links' own. */
    readonly capBytesPerSecond?: number;
    /** Cap for the payload of completions (peer reads); absent = capBytesPerSecond. */
    readonly readCapBytesPerSecond?: number;
    /** Peer writes and completions leave in pieces of at most this many bytes; absent = as they came. */
    readonly repacketiseBytes?: 64 | 128 | 256;
    /** Rate of traffic to another host bridge as a fraction of the cap (or of the links), 0.01…1. Default 1. */
    readonly crossSocketFactor?: number;
  };
}

/** What a root complex does with one kind of peer request (semantics reference 1.4 and 9.1). */
export type PeerPolicy =
  | 'forward'
  /** A write vanishes, a read is never answered. */
  | 'drop'
  /** Unsupported Request. */
  | 'unsupported'
  /** The same as drop for the fabric; said of reads that end in a completion timeout. */
  | 'timeout'
  /** It arrives, with wrong bytes. */
  | 'corrupt';

export interface HostSpec {
  readonly cpu: {
    readonly model: string;
    readonly vendor: 'intel' | 'amd' | 'hygon' | 'other';
    /** Family as in /proc/cpuinfo, e.g. 6, 0x17, 0x19. */
    readonly family: number;
    readonly cores: number;
    /** One core copying memory to memory. Default 10 GB/s. */
    readonly copyBytesPerSecond?: number;
  };
  readonly memory: {
    readonly sizeBytes: number;
    readonly channels: number;
    /** 8 B × MT/s, e.g. 25.6e9 for DDR4-3200. */
    readonly channelBytesPerSecond: number;
    readonly kind: string;
    /**
     * Whether DMA to host memory finds its lines in the last-level cache. `model` = by what is in its I/O ways.
     * Default 'miss'.
     */
    readonly ioCache?: 'hit' | 'miss' | 'model';
    /** Last-level cache of one socket, and the ways DMA may fill. Default 32 MiB, 20 ways, 2 for I/O. */
    readonly lastLevelCache?: { readonly sizeBytes: number; readonly ways: number; readonly ioWays: number };
    /** Sockets (NUMA nodes) that share the memory evenly, 1…8. Default 1. `channels` are for the whole machine. */
    readonly sockets?: number;
    /** Added to an access to another socket's memory. Default 105 ns. */
    readonly remoteLatency_ps?: number;
    /** Between two sockets, each way. Default 41.6 GB/s. */
    readonly interconnectBytesPerSecond?: number;
    /** Load the CPU puts on memory all the time, reads and writes half each. Default 0. */
    readonly backgroundBytesPerSecond?: number;
  };
  readonly iommu: 'off' | 'passThrough' | 'translate';
  /** Performance reference, section 6: 64 entries, 280 ns a miss, 5 walks at once, 4 KiB pages. */
  readonly iommuParameters?: {
    readonly iotlbEntries?: number;
    readonly missLatency_ps?: number;
    readonly walks?: number;
    readonly pageBytes?: 4096 | 2_097_152 | 1_073_741_824;
  };
  /** Kernel command line words that change policy, e.g. `pci=disable_acs_redir=0000:02:00.0`. */
  readonly kernelParameters?: readonly string[];
}

/** Everything hardware is built from. */
export interface MachineSpec {
  readonly host: HostSpec;
  readonly hostBridges: readonly HostBridgeSpec[];
  readonly functions: readonly FunctionSpec[];
  /** cold: registers at reset, the OS assigns all. firmware: keep what `firmware` says where consistent. */
  readonly start: 'cold' | 'firmware';
  /** Enumeration reference W-6: the model's own rule, or exactly the kernel's with its failures. */
  readonly windowRule: 'packed' | 'strict';
}

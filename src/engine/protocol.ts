/*
 * The whole contract between the page and an engine: commands one way, events the other, all plain data.
 * What changes faster than the screen does is in shared memory instead (sharedLayout.ts).
 */
import type { Diagnostic } from '../base/diagnostic.ts';
import type { BootRecording } from '../core/pcie/bootRecording.ts';
import type { ErrorRecord, FaultSpec } from '../core/pcie/faults.ts';
import type { FlowReport } from '../core/pcie/flowReport.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../core/pcie/verdict.ts';
import type { LinkGen, LinkWidth } from '../core/pcie/link.ts';
import type { TopologyDocument, TransferSpec, TransferWay } from '../topology/document.ts';
import type { MemoryCommand, MemoryEvent } from './memoryProtocol.ts';

export * from './memoryProtocol.ts';

export const PROTOCOL_VERSION = 2;

/**
 * What a paused machine can be moved by, forward and back: an event of the clock; a hop (a TLP crosses one link, or
 * reaches or leaves host memory); a TLP (all its hops); a transaction (a posted request has reached its destination, a
 * non-posted one has its last completion).
 */
export type StepUnit = 'event' | 'hop' | 'tlp' | 'transaction';

/** An instant of the run, as counts of what has happened up to it. */
export interface RunPlace {
  readonly now_ps: number;
  readonly events: number;
  readonly hops: number;
}

/** How far a run can be gone back and forward, and what keeping it costs. */
export interface RunHistory {
  readonly place: RunPlace;
  /** The furthest this run has been since it was last changed; places up to here are reached without running all of it again. */
  readonly furthest: RunPlace;
  readonly checkpoints: number;
  /** Everything kept for going back, in bytes, and the most it may be. */
  readonly keptBytes: number;
  readonly budgetBytes: number;
  /** What was done to the machine by hand, in order: repeated at the same place when the run passes it again. */
  readonly changes: readonly { readonly at_ps: number; readonly what: string }[];
}

/** Stops the machine right after the event that fulfils it. All given conditions must hold. */
export interface Breakpoint {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly when:
    /** A TLP begins to cross a link (or reaches or leaves host memory). */
    | {
        readonly kind: 'tlp';
        /** `HOP.what` kinds (core/pcie/tlp.ts); absent = any. */
        readonly types?: readonly number[];
        /** Touches this range of bus addresses, last address included. */
        readonly addresses?: { readonly first: number; readonly last: number };
        /** Requester ID, bus:device.function as 16 bits. */
        readonly requester?: number;
        readonly link?: number;
        readonly direction?: 0 | 1;
      }
    /** Bytes of a memory change; `memory` is an index of `MachineDescription.memories`. At most 64 KiB are watched. */
    | { readonly kind: 'memoryWrite'; readonly memory: number; readonly first: number; readonly last: number }
    /** Any of these bits of a configuration register changes, or becomes `value`. */
    | {
        readonly kind: 'register';
        readonly node: NodeId;
        readonly offset: number;
        readonly bytes: 1 | 2 | 4;
        readonly mask: number;
        readonly value?: number;
      }
    /** An error is recorded; absent severity = any. */
    | { readonly kind: 'error'; readonly severity?: 'correctable' | 'nonFatal' | 'fatal' }
    /** An instant. */
    | { readonly kind: 'time'; readonly at_ps: number };
}

/** One way of the transfer (with the document's flows beside it), or the flows alone. */
export type RunWay = TransferWay | 'flows';

export type EngineCommand =
  | MemoryCommand
  /** Builds the machine, enumerates it and prepares the job; answers `loaded` or `failed`. */
  | {
      readonly kind: 'load';
      readonly requestId: number;
      readonly document: TopologyDocument;
      readonly transfer: TransferSpec;
      readonly way: RunWay;
      readonly seed: number;
      readonly shared: boolean;
      /** The machine shall be able to go back. */
      readonly history: boolean;
    }
  /** Runs freely up to the target the page keeps in shared memory (or sends with `target`). */
  | { readonly kind: 'play'; readonly requestId: number }
  | { readonly kind: 'pause'; readonly requestId: number }
  /** Only where memory is not shared: moves the target. */
  | { readonly kind: 'target'; readonly requestId: number; readonly at_ps: number }
  | { readonly kind: 'runUntil'; readonly requestId: number; readonly at_ps: number }
  | { readonly kind: 'step'; readonly requestId: number; readonly unit: StepUnit }
  /** Goes to an instant before or after now, pauses and answers `paused`. Beyond the furthest it runs; breakpoints hold there only. */
  | { readonly kind: 'seek'; readonly requestId: number; readonly at_ps: number }
  /** Goes back by one unit: to right after the last one before now; answers `paused`. */
  | { readonly kind: 'stepBack'; readonly requestId: number; readonly unit: StepUnit }
  /** Replaces all breakpoints; answers `paused` without stopping anything. */
  | { readonly kind: 'breakpoints'; readonly requestId: number; readonly breakpoints: readonly Breakpoint[] }
  /** Answers `history`. */
  | { readonly kind: 'history'; readonly requestId: number }
  | { readonly kind: 'verdict'; readonly requestId: number; readonly provider: NodeId; readonly client: NodeId }
  /** Boots a machine of its own, beside the one that is loaded, and answers `enumeration` with all its software did. */
  | {
      readonly kind: 'enumeration';
      readonly requestId: number;
      readonly document: TopologyDocument;
      readonly transfer: TransferSpec;
      readonly way: RunWay;
      readonly seed: number;
    }
  /** The configuration space of one function as the hardware holds it now. */
  | { readonly kind: 'readConfig'; readonly requestId: number; readonly node: NodeId }
  /** Breaks something in the machine at its present instant; answers `injected`. */
  | { readonly kind: 'inject'; readonly requestId: number; readonly fault: FaultSpec }
  /** Error records from this serial number on; answers `errors`. */
  | { readonly kind: 'errors'; readonly requestId: number; readonly from: number }
  /** Software writes a configuration register, as a configuration write of the running machine; answers `config`. */
  | {
      readonly kind: 'writeConfig';
      readonly requestId: number;
      readonly node: NodeId;
      readonly offset: number;
      readonly bytes: 1 | 2 | 4;
      readonly value: number;
    }
  /** Bytes of one memory, for hosts without shared memory. */
  | {
      readonly kind: 'readMemory';
      readonly requestId: number;
      readonly memory: number;
      readonly offset: number;
      readonly lengthBytes: number;
    };

export interface LinkDescription {
  /** Index of the link: counters and hop records use it. */
  readonly index: number;
  /** Root or downstream port. */
  readonly upper: NodeId;
  /** Endpoint function 0 or upstream port; undefined for an empty port. */
  readonly lower: NodeId | undefined;
  readonly up: boolean;
  /** Negotiated. */
  readonly gen: LinkGen;
  readonly width: LinkWidth;
  /** After the line code, one direction. */
  readonly bytesPerSecond: number;
  readonly propagation_ps: number;
}

export interface FunctionDescription {
  readonly id: NodeId;
  /** Index used by function counters. */
  readonly index: number;
  /** `0000:03:00.0`; undefined if it could not be numbered. */
  readonly bdf: string | undefined;
  readonly buses: { readonly primary: number; readonly secondary: number; readonly subordinate: number } | undefined;
  readonly bars: readonly {
    readonly index: number;
    readonly address: number | undefined;
    readonly sizeBytes: number;
    readonly prefetchable: boolean;
    readonly space: 'memory' | 'io';
  }[];
  readonly mpsBytes: number;
  readonly mrrsBytes: number;
  readonly acsControl: number | undefined;
}

/** A memory whose bytes the page can show. */
export interface MemoryDescription {
  readonly index: number;
  /** `host` for host memory. */
  readonly node: NodeId | 'host';
  readonly label: string;
  /** Bus address of its first byte; undefined = not addressable (media behind a drive). */
  readonly busAddress: number | undefined;
  readonly sizeBytes: number;
  /** Where its bytes are not one range of bus addresses: RAM goes on above the windows for devices. Ascending. */
  readonly pieces?: readonly { readonly offset: number; readonly busAddress: number; readonly sizeBytes: number }[];
}

/** How the job will run; `refused` says why it will not. */
export interface TransferPlan {
  readonly way: RunWay;
  readonly legs: readonly {
    readonly from: NodeId | 'host';
    readonly to: NodeId | 'host';
    /** Who moves the bytes; `cpu` for a CPU copy. */
    readonly engine: NodeId | 'cpu';
    readonly operation: 'write' | 'read' | 'read and write';
    readonly sentence: string;
  }[];
  readonly refused: { readonly code: string; readonly message: string; readonly fix?: string } | undefined;
}

/** One flow of a run; its place in the list is its number in flow bytes, counters and series. */
export interface FlowDescription {
  readonly id: NodeId;
  readonly name: string;
  /** Why it will not run. */
  readonly refused: { readonly code: string; readonly message: string; readonly fix?: string } | undefined;
}

export interface MachineDescription {
  readonly functions: readonly FunctionDescription[];
  readonly links: readonly LinkDescription[];
  readonly memories: readonly MemoryDescription[];
  readonly diagnostics: readonly Diagnostic[];
  readonly plan: TransferPlan;
  /** Where the job's bytes will be found: memory index and offset. */
  readonly destination: { readonly memory: number; readonly offset: number } | undefined;
  /** Policy and route of the job's pair, if both ends are functions. */
  readonly verdict: PeerVerdict | undefined;
  /** By flow number: the transfer first (also where the flows run alone), then the document's flows. Default: the transfer. */
  readonly flows?: readonly FlowDescription[];
  /** IOMMU groups as the kernel forms them; absent where no IOMMU driver is active. */
  readonly groups?: readonly (readonly NodeId[])[];
}

/** How one direction of a link spent its time between the start and the end of the run; fractions add up to 1. */
export interface LinkTimeShare {
  readonly link: number;
  readonly direction: 0 | 1;
  readonly payload: number;
  readonly headers: number;
  /** Framing, sequence number and LCRC. */
  readonly framing?: number;
  readonly dllps: number;
  readonly skip: number;
  /** TLPs sent again after an error. */
  readonly replay?: number;
  readonly creditStall: number;
  readonly idle: number;
}

export interface RunCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Result of a finished job. */
export interface RunReport {
  readonly way: RunWay;
  readonly outcome: 'finished' | 'failed' | 'refused';
  readonly reason: string | undefined;
  readonly bytes: number;
  /** From the first request to the last byte at its destination plus the software's own completion. */
  readonly duration_ps: number;
  readonly firstByte_ps: number;
  readonly throughputBytesPerSecond: number;
  /** Payload of the job that crossed the link above the switch nearest the destination, if there is one. */
  readonly uplink: { readonly link: number; readonly upBytes: number; readonly downBytes: number } | undefined;
  readonly memoryWrittenBytes: number;
  readonly memoryReadBytes: number;
  /** The CPU's own load on memory while the job ran, where the document asks for one. */
  readonly background?: { readonly askedBytesPerSecond: number; readonly achievedBytesPerSecond: number };
  /** What a translating IOMMU did: found in its IOTLB, walked for, refused; and how long requests waited for it in all. */
  readonly iommu?: {
    readonly hits: number;
    readonly misses: number;
    readonly faults: number;
    readonly waited_ps: number;
  };
  readonly cpuBusy_ps: number;
  readonly interrupts: number;
  readonly tlps: number;
  readonly events: number;
  readonly links: readonly LinkTimeShare[];
  /** The link that carried most of its capacity. */
  readonly limitingLink: number | undefined;
  readonly sourceCrc32: number;
  readonly destinationCrc32: number;
  readonly checks: readonly RunCheck[];
  /** The transfer first (unless the flows ran alone), then the document's flows. */
  readonly flows?: readonly FlowReport[];
  /** Error records of the run, by severity. */
  readonly errors?: { readonly correctable: number; readonly nonFatal: number; readonly fatal: number };
  /** 16 hexadecimal digits over every hop of the run. */
  readonly traceHash: string;
}

export type EngineEvent =
  | MemoryEvent
  | { readonly kind: 'ready'; readonly protocolVersion: number }
  | {
      readonly kind: 'loaded';
      readonly requestId: number;
      readonly machine: MachineDescription;
      readonly memory: SharedMemory;
    }
  /** New storage for device memory was made; the page's readers need it. */
  | { readonly kind: 'segment'; readonly buffer: ArrayBufferLike }
  | { readonly kind: 'paused'; readonly requestId: number; readonly now_ps: number }
  /** A breakpoint has stopped the machine, which is paused now. `what` describes what happened, in words. */
  | { readonly kind: 'broke'; readonly breakpoint: string; readonly what: string; readonly now_ps: number }
  /** The machine was changed by hand at an instant before the furthest: what was recorded after it is not this run's any more. */
  | { readonly kind: 'branched'; readonly at_ps: number }
  | { readonly kind: 'history'; readonly requestId: number; readonly history: RunHistory }
  | { readonly kind: 'finished'; readonly report: RunReport }
  | { readonly kind: 'verdict'; readonly requestId: number; readonly verdict: PeerVerdict }
  | { readonly kind: 'config'; readonly requestId: number; readonly bytes: Uint8Array }
  | { readonly kind: 'enumeration'; readonly requestId: number; readonly recording: BootRecording }
  /** `refused` says why the fault cannot be injected; the machine is unchanged then. */
  | { readonly kind: 'injected'; readonly requestId: number; readonly refused: string | undefined }
  | {
      readonly kind: 'errors';
      readonly requestId: number;
      readonly records: readonly ErrorRecord[];
      readonly total: number;
    }
  | { readonly kind: 'bytes'; readonly requestId: number; readonly bytes: Uint8Array }
  /** Only where memory is not shared: a copy of the counters, at most sixty times a second. */
  | { readonly kind: 'snapshot'; readonly memory: SharedMemory }
  | {
      readonly kind: 'failed';
      readonly requestId: number | undefined;
      readonly code: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly diagnostics: readonly Diagnostic[];
    };

/** The arrays of sharedLayout.ts, each with one writer. */
export interface SharedMemory {
  readonly control: ArrayBufferLike;
  readonly machineCounters: ArrayBufferLike;
  readonly linkCounters: ArrayBufferLike;
  readonly functionCounters: ArrayBufferLike;
  readonly memoryCounters: ArrayBufferLike;
  readonly flowCounters: ArrayBufferLike;
  readonly hops: ArrayBufferLike;
  readonly series: ArrayBufferLike;
  /** Root tables of the memories, in the order of MachineDescription.memories. */
  readonly memoryRoots: readonly ArrayBufferLike[];
  readonly segments: readonly ArrayBufferLike[];
}

/*
 * A built machine: what software devices attach to and what the engine runs. Everything here is hardware;
 * host software reaches it through requests only (core/host), the glue is engine/machine.
 *
 * Order of use:
 *   const hardware = buildHardware(spec, options);      // configuration spaces at reset or as firmware left them
 *   …enumerate through hardware.configFabric…           // before time 0
 *   const port = hardware.attach('nic0', handler, bars) // device models, any time before the first request
 *   const cpu = hardware.cpuPort(cpuHandler);
 *   hardware.runUntil(at_ps, maxEvents);
 */
import type { StorageAllocator } from '../../base/storage.ts';
import type { Bdf } from '../../base/units.ts';
import type { LinkGen, LinkWidth } from '../pcie/link.ts';
import type { ErrorRecord, ErrorSeverity, FaultSpec } from '../pcie/faults.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../pcie/machineSpec.ts';
import type { FlowByte, TlpClass } from '../pcie/tlp.ts';
import type { ConfigSpace } from '../config/configSpace.ts';
import type { HopRecorder } from '../sim/hopRecorder.ts';
import type { MemoryArena, SparseMemory } from '../sim/sparseMemory.ts';
import type { ConfigFabric } from './configFabric.ts';
import type { Interconnect, NodeRange } from './memory/sockets.ts';
import type { HardwareIommu } from './iommu/hardwareIommu.ts';
import type { BarBehaviour, DeviceHandler, FunctionPort, ProcessorPort } from './ports.ts';

export interface HardwareOptions {
  readonly storage: StorageAllocator;
  readonly seed: number;
  /** Default true. False = no TLP passes another one in a queue: the machine may deadlock, which shows why they must. */
  readonly orderingExceptions?: boolean;
  /** Flow numbers in use: 0 … flows − 1. Default 1. */
  readonly flows?: number;
  readonly hops?: HopRecorder;
  /** Told about every new 4-MiB segment of memory pages. */
  readonly onSegment?: (buffer: ArrayBufferLike) => void;
}

/** One function of the machine; `index` is its position in the spec and in the function counters. */
export interface HardwareFunction {
  readonly index: number;
  readonly spec: FunctionSpec;
  readonly config: ConfigSpace;
  /** Link this function's port drives or hangs from; undefined on a root bus and on conventional buses. */
  readonly link: number | undefined;
}

/**
 * One link as it is at the moment: it may go down, or be trained to a lower speed or width. `index · 2 + direction`
 * (0 = downstream) is its place in the link counters and in hop records.
 */
export interface HardwareLink {
  readonly index: number;
  readonly upper: NodeId;
  /** Lowest-numbered function at the lower end; undefined = nothing plugged in. */
  readonly lower: NodeId | undefined;
  readonly up: boolean;
  readonly gen: LinkGen;
  readonly width: LinkWidth;
  readonly bytesPerSecond: number;
  readonly propagation_ps: number;
}

/** Host memory as DMA and the CPU's own loads and stores share it. */
export interface HardwareHostMemory {
  readonly memory: SparseMemory;
  readonly sizeBytes: number;
  /** Bus-address ranges of RAM with the offset into `memory` of their first byte, ascending. */
  readonly ranges: readonly { readonly base: number; readonly sizeBytes: number; readonly offset: number }[];
  /** Offset into `memory` of a bus address, −1 if no RAM answers there. */
  offsetOf(address: number): number;
  /**
   * Books DRAM channel time for an access of the CPU and counts its bytes (MEMORY_COUNTER); moves no bytes.
   * DMA through the fabric does the same by itself.
   * @param node socket of the core; default 0.
   * @returns time at which the channels have done the access; latency is the caller's.
   */
  occupy(address: number, lengthBytes: number, direction: 'read' | 'write', flow: FlowByte, node?: number): number;
  /** How much later than from idle memory of its own socket the data of the last `occupy` comes; 0 if not modelled. */
  readonly delay_ps: number;
  /** Latency of one idle read by a device, by the spec's `ioCache`. */
  readonly readLatency_ps: number;
  /** Latency of a load by a core of socket `node`, which books and counts where caches, sockets or load are modelled. */
  coreLoad_ps(address: number, lengthBytes: number, node: number): number;
  /** A core has stored a few bytes: their lines are in the cache, if it is modelled. */
  noteCoreStore(address: number, lengthBytes: number): void;
  /** RAM by socket, ascending: memory is split evenly and in order. One socket unless the spec says otherwise. */
  readonly nodeRanges: readonly NodeRange[];
  /** Links between sockets, for what cores and devices of different ones send each other. */
  readonly interconnect: Interconnect;
}

export interface ConservationCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Called at the instant a message-signalled interrupt arrives at the root complex. */
export type InterruptSink = (address: number, data: number, requesterId: Bdf) => void;

/** Where the job's payload is going. */
export type ArrivalWatch = { readonly kind: 'function'; readonly node: NodeId } | { readonly kind: 'hostMemory' };

/** The errors of a run, oldest first; bounded. */
export interface HardwareErrors {
  /** Records kept, by serial number: notes, the first of each trouble, and the newest; not without gaps once many were made. */
  readonly kept: readonly ErrorRecord[];
  readonly total: number;
  /** Of all records, forgotten ones included. */
  readonly bySeverity: Readonly<Record<ErrorSeverity, number>>;
}

export type CountedUnit = 'event' | 'hop' | 'tlp' | 'transaction';

export interface Hardware {
  readonly spec: MachineSpec;
  readonly functions: readonly HardwareFunction[];
  readonly links: readonly HardwareLink[];
  readonly configFabric: ConfigFabric;
  readonly hostMemory: HardwareHostMemory;
  /** Undefined where the host's IOMMU is off. */
  readonly iommu: HardwareIommu | undefined;
  /** All memories of the machine take their pages here: `new SparseMemory(hardware.arena, bytes)`. */
  readonly arena: MemoryArena;
  /** Layouts: core/pcie/counters.ts. Made with `options.storage`. */
  readonly machineCounters: Float64Array;
  readonly linkCounters: Float64Array;
  readonly functionCounters: Float64Array;
  readonly memoryCounters: Float64Array;
  readonly flowCounters: Float64Array;
  readonly now_ps: number;

  /** @throws InvariantError for an unknown node. */
  functionOf(node: NodeId): HardwareFunction;
  /**
   * Connects a device model. `bars` says how each of its BARs behaves (key = BAR index); a BAR without an entry
   * answers UR. Attach a function once; one that never initiates still attaches to serve its BARs.
   */
  attach(node: NodeId, handler: DeviceHandler, bars: ReadonlyMap<number, BarBehaviour>): FunctionPort;
  /**
   * The CPU's way onto the fabric: loads and stores to devices, requester 00.0 of that host bridge (the first one
   * by default). Its write may be at most 64 bytes (a write-combining buffer), its read likewise.
   */
  cpuPort(handler: DeviceHandler, hostBridge?: NodeId): ProcessorPort;
  /** Receives every MWr to 0xfee00000…0xfeefffff. One sink; the last one set counts. */
  onInterrupt(sink: InterruptSink): void;
  /**
   * Payload of that flow stored there is counted in its FLOW_COUNTERs; of flow 0 also in MACHINE_COUNTER.arrivedBytes
   * and firstByte_ps.
   */
  watchArrival(watch: ArrivalWatch | undefined, flow?: number): void;
  /** Counts payload of a flow that has arrived where the fabric does not see it: inside a device. */
  countArrival(flow: number, lengthBytes: number): void;
  /** Counts an operation of a flow that is over. */
  countOperation(flow: number): void;
  /** The bytes of all flows are the job's, not only those of flow 0. */
  countAllFlows(): void;
  /** Books bytes that crossed a NIC's wire or a drive's media (FUNCTION_COUNTER.external…Bytes). */
  countExternal(node: NodeId, direction: 'in' | 'out', lengthBytes: number): void;

  /**
   * Which credits of a link's receiver run out first with TLPs of this size: those of headers, or those of data.
   * @param segment link · 2 + direction.
   */
  scarceCredits(segment: number, tlpClass: TlpClass, payloadBytes: number): 'header' | 'data';
  /**
   * Fills `target` with what is taken now of what can run short: credits and tags, laid out by core/pcie/occupancy.ts.
   * Between runs; changes nothing and allocates nothing.
   */
  readOccupancy(target: Float64Array): void;
  /** Fills `target` with how much there is of each: Infinity = it never runs out, 0 = there is none. */
  readCapacity(target: Float64Array): void;
  /** Brings the counters of links up to now, in the middle of events; between runs they are. */
  settleCounters(): void;

  /** Runs events up to and including `at_ps`, at most `maxEvents`. `idle` = nothing is pending; the clock is at `at_ps` unless the budget ended first. */
  runUntil(at_ps: number, maxEvents: number): 'reached' | 'budget' | 'idle';
  /** Runs one event. False if nothing was pending. */
  step(): boolean;
  /**
   * How many there have been: events; hops (a TLP crosses a link, or reaches or leaves host memory); TLPs that are where
   * they belong; transactions that are over (a posted request has arrived, a read is answered or given up).
   */
  countOf(unit: CountedUnit): number;
  /** Time of the next event, Infinity if none. */
  nextEvent_ps(): number;
  /** 16 hexadecimal digits over every hop so far. */
  traceHash(): string;
  /**
   * Breaks something at the present instant.
   * @returns why it cannot be broken, or undefined if it was.
   */
  inject(fault: FaultSpec): string | undefined;
  /** As {@link inject}, at a time to come: an event like any other. What cannot be broken then leaves a note. */
  injectAt(at_ps: number, fault: FaultSpec): void;
  /** Calls `listener` when functions came out of a reset, or were plugged in, and answer configuration requests again. */
  onReady(listener: (nodes: readonly NodeId[]) => void): void;
  /** Calls `listener` when functions lose what software told them. @param why as in `its link went down`. */
  onLost(listener: (nodes: readonly NodeId[], why: string) => void): void;
  /** Software leaves a note among the error records: what it did about something. */
  note(node: NodeId | undefined, name: string, sentence: string, recovery: string): void;
  readonly errors: HardwareErrors;
  /** Holds when the machine is quiet: credits back, no tags out, pool and queues empty, payload in = out on every link. */
  checkConservation(): readonly ConservationCheck[];
}

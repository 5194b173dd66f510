/*
 * What software can ask of a machine. Drivers, enumeration and the transfer planner are generators that
 * yield these requests and are resumed with the answer, in simulated time, by the CPU model (or at once,
 * before time starts, by the boot-time configuration access).
 *
 *   function* probe(): HostProcess<number> {
 *     const id = yield* configRead(segment, bdf, 0x00, 4);
 *     …
 *   }
 */
import type { Bdf } from '../../base/units.ts';
import type { HostRoutine } from './hostRoutine.ts';
import type { NodeId } from './machineSpec.ts';
import type { FlowByte } from './tlp.ts';

export type AccessBytes = 1 | 2 | 4;

/** Memory type by which a core maps a BAR: how its loads and stores become TLPs. */
export type CpuMapping = 'UC' | 'WC' | 'WT' | 'WB';

/** Bytes one load or store instruction moves. */
export type CpuAccessBytes = 1 | 2 | 4 | 8 | 16 | 32 | 64;

/** Loads or stores of one core to a device, instruction after instruction, in ascending order. */
export interface CpuAccessOrder {
  readonly address: number;
  /** Address and length are multiples of `accessBytes`, and the range is in one window of one host bridge. */
  readonly lengthBytes: number;
  readonly accessBytes: CpuAccessBytes;
  readonly mapping: CpuMapping;
  readonly flow: FlowByte;
  /** Host bridge of the socket whose core does it. Default: the first. */
  readonly hostBridge?: NodeId;
}

export type HostRequest =
  | {
      readonly kind: 'configRead';
      readonly segment: number;
      readonly bdf: Bdf;
      readonly offset: number;
      readonly bytes: AccessBytes;
    }
  | {
      readonly kind: 'configWrite';
      readonly segment: number;
      readonly bdf: Bdf;
      readonly offset: number;
      readonly bytes: AccessBytes;
      readonly value: number;
    }
  /** A CPU load or store to a device (uncached): one non-posted or posted TLP. */
  | { readonly kind: 'mmioRead'; readonly address: number; readonly bytes: AccessBytes }
  | { readonly kind: 'mmioWrite'; readonly address: number; readonly bytes: AccessBytes; readonly value: number }
  /** The CPU reads or writes its own memory (descriptors, status words). */
  | { readonly kind: 'memoryRead'; readonly address: number; readonly lengthBytes: number }
  | { readonly kind: 'memoryWrite'; readonly address: number; readonly data: Uint8Array }
  /** One core moves bytes with loads and streaming or write-combined stores; either side may be a BAR. */
  | {
      readonly kind: 'copy';
      readonly from: number;
      readonly to: number;
      readonly lengthBytes: number;
      readonly flow: FlowByte;
    }
  /**
   * Stores through a mapping; `bytes` gives what belongs at `address` from its offset 0. Ends when the root complex has
   * taken the last of them (UC, WC, WT: as after SFENCE) or they are in the cache (WB: until `flushLines`).
   */
  | ({
      readonly kind: 'cpuStore';
      readonly bytes: {
        readInto(offset: number, lengthBytes: number, target: Uint8Array, targetOffset: number): void;
      };
    } & CpuAccessOrder)
  /** Loads through a mapping; what they return goes to offset 0 and on of `into`. Failed ones give all ones. */
  | ({
      readonly kind: 'cpuLoad';
      readonly into: {
        writeFrom(offset: number, lengthBytes: number, source: Uint8Array, sourceOffset: number): void;
      };
    } & CpuAccessOrder)
  /** Drops the lines of a range from the cache (CLFLUSH); modified ones of a WB mapping are written back first. */
  | ({ readonly kind: 'flushLines' } & Pick<CpuAccessOrder, 'address' | 'lengthBytes' | 'flow' | 'hostBridge'>)
  /** The CPU works (`busy`) or sleeps for a time. */
  | { readonly kind: 'delay'; readonly duration_ps: number; readonly busy: boolean }
  /** Sleeps until this vector has fired since it was last waited for. */
  | { readonly kind: 'waitInterrupt'; readonly vector: number }
  /** Runs another process beside this one. */
  | { readonly kind: 'spawn'; readonly process: HostProcess<void> }
  /** Counting semaphores between the processes of one machine. */
  | { readonly kind: 'signal'; readonly semaphore: number }
  | { readonly kind: 'await'; readonly semaphore: number }
  /**
   * Looks at something that no request of software shows (a counter of the simulator). A process must not look by itself:
   * when it is made anew on going back, it is given the answers it had.
   */
  | { readonly kind: 'observe'; readonly read: () => number }
  /** Simulated now, in picoseconds. */
  | { readonly kind: 'now' }
  /** Software says what it begins to do, or (undefined) that the last thing begun is done: takes no time, changes nothing. */
  | { readonly kind: 'routine'; readonly routine: HostRoutine | undefined };

/** The answer a request is resumed with. Failed reads give all ones, as a CPU sees them. */
export type HostResponse = number | Uint8Array | undefined;

/** Straight-line software: yields requests, returns a result. */
export type HostProcess<T> = Generator<HostRequest, T, HostResponse>;

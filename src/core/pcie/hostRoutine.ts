/*
 * Names for what host software is doing while it configures a machine: said before the requests, for whoever records
 * them. A name changes nothing and takes no time.
 */
import type { Bdf } from '../../base/units.ts';

/** What a stretch of configuration requests is for; recordings hold positions in this list. */
export const HOST_ROUTINES = [
  /** Is a function there? */
  'probe',
  'readHeader',
  'walkCapabilities',
  'probeWindows',
  'readVirtual',
  /** Decoding off while BARs hold all ones, and on again. */
  'pauseDecoding',
  /** Detail: number of the BAR. */
  'sizeBar',
  'sizeRom',
  /** Detail: number of the BAR in the SR-IOV capability. */
  'sizeVirtualBar',
  'enableAri',
  'followAri',
  'enableRetry',
  'clearBuses',
  /** Detail: the secondary bus number given. */
  'openBuses',
  /** Detail: the subordinate bus number found. */
  'closeBuses',
  'claimFirmware',
  'readWindows',
  /** Detail: position in {@link WINDOW_ORDER}. */
  'writeWindow',
  /** Detail: slot of the resource; 6 = ROM, from 7 on BARs of virtual functions. */
  'writeBar',
  'initialise',
  'setPayload',
  'setAcs',
  'enable',
  /** Sizes an administrator asks for. */
  'setSizes',
  /** Detail: which one of its physical function. */
  'readVirtualFunction',
  'readBack',
  /** Drivers before time 0: what they need to know and switch on. */
  'driver',
] as const;
export type HostRoutineName = (typeof HOST_ROUTINES)[number];

export const WINDOW_ORDER = ['io', 'memory', 'prefetchable'] as const;

export interface HostRoutine {
  readonly name: HostRoutineName;
  /** The function it is about. */
  readonly segment: number;
  readonly bdf: Bdf;
  /** As the list of names says; 0 where it says nothing. */
  readonly detail: number;
}

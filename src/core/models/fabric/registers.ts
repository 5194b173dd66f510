/*
 * What the fabric needs of each function's configuration registers, decoded. The values are refreshed from the
 * configuration spaces whenever software has written one (registerWatch.ts); the packet path only reads them.
 */
import type { Bdf } from '../../../base/units.ts';
import { completionTimeout_ps } from '../../config/completionTimeout.ts';
import { NO_ACS, type PortAcs } from './portAcs.ts';
import { NONE } from './tlpPool.ts';

/** BARs of a type 0 header. */
export const BAR_COUNT = 6;

export interface FunctionValues {
  readonly requesterId: Bdf;
  readonly segment: number;
  readonly mpsBytes: number;
  readonly mrrsBytes: number;
  /** Bus Master Enable is set and everything up to the root is alive. */
  readonly mayRequest: boolean;
  readonly memoryEnable: boolean;
}

/** A function as requester and completer. */
export class FunctionRegisters {
  requesterId: Bdf;
  segment: number;
  mpsBytes: number;
  mrrsBytes: number;
  mayRequest: boolean;
  memoryEnable: boolean;
  /** Longest payload it takes: Max_Payload_Size, or anything on a conventional bus. */
  acceptsBytes = Infinity;
  /** ACS of a function of a multi-function device, for requests to its other functions. */
  acs: PortAcs = NO_ACS;
  /** Ordering attributes of the requests it sends (TLP_ATTRIBUTE): Relaxed Ordering is for payload only. */
  attributes = 0;
  /** AtomicOp Requester Enable. */
  mayRequestAtomics = false;
  /** 4 while the function adds an ECRC digest to what it sends; the attribute that says so is in `attributes`. */
  digestBytes = 0;
  /** ECRC digests of what it receives are checked. */
  checksEcrc = false;
  /** How long it waits for a completion; Infinity if for ever. */
  completionTimeout_ps = completionTimeout_ps(0, false);
  /** Address of each memory BAR, NONE if it has none, and its size. */
  readonly barBase = new Float64Array(BAR_COUNT).fill(NONE);
  readonly barSize = new Float64Array(BAR_COUNT);

  constructor(values: FunctionValues) {
    this.requesterId = values.requesterId;
    this.segment = values.segment;
    this.mpsBytes = values.mpsBytes;
    this.mrrsBytes = values.mrrsBytes;
    this.mayRequest = values.mayRequest;
    this.memoryEnable = values.memoryEnable;
  }
}

/** A bridge: the buses and addresses behind it, and whether it forwards. */
export class BridgeRegisters {
  segment = 0;
  id = 0;
  secondary = 0;
  subordinate = 0;
  /** Requests may go down through its windows. */
  memoryEnable = false;
  /** Requests may go up through it. */
  busMaster = false;
  /** The link below is up (true where there is none). */
  linkUp = true;
  mpsBytes = 128;
  /** Longest payload it takes: Max_Payload_Size, or anything without the PCI Express capability. */
  acceptsBytes = Infinity;
  rcbBytes = 64;
  acs: PortAcs = NO_ACS;
  /** ECRC digests of what ends at this port are checked. */
  checksEcrc = false;
  /** In egress control vectors of its peers: its device number. */
  portNumber = 0;
  /** AtomicOp Routing Supported: atomic operations pass between this port and its peers. */
  routesAtomics = false;
  /** AtomicOp Egress Blocking. */
  blocksAtomics = false;
  /** Memory and prefetchable window, inclusive; empty while base > limit. */
  memoryBase = 1;
  memoryLimit = 0;
  prefetchableBase = 1;
  prefetchableLimit = 0;

  /** Both memory windows, inclusive; empty ones have base > limit. */
  windows(): readonly { readonly base: number; readonly limit: number }[] {
    return [
      { base: this.memoryBase, limit: this.memoryLimit },
      { base: this.prefetchableBase, limit: this.prefetchableLimit },
    ];
  }

  /** True if an address is in one of the memory windows. */
  claims(address: number): boolean {
    return (
      (address >= this.memoryBase && address <= this.memoryLimit) ||
      (address >= this.prefetchableBase && address <= this.prefetchableLimit)
    );
  }

  /** True if a bus number is behind the bridge. Unnumbered bridges have nothing behind them. */
  leadsTo(bus: number): boolean {
    return this.secondary > 0 && bus >= this.secondary && bus <= this.subordinate;
  }
}

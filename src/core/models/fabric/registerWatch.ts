/*
 * Keeps the decoded registers of all functions in step with their configuration spaces. Software's writes only mark
 * them as out of date; they are decoded again before the next event, and only where something was written.
 */
import { invariant } from '../../../base/invariant.ts';
import type { Bdf } from '../../../base/units.ts';
import { findCapability } from '../../config/capability.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import {
  acsControlOf,
  barAddress,
  bridgeBuses,
  bridgeWindows,
  commandOf,
  deviceControlOf,
  readField,
  readRegister,
} from '../../config/decode.ts';
import {
  DEVICE_CAPABILITIES_2,
  DEVICE_CONTROL_2,
  EXPRESS,
  LINK_CONTROL_DOWNSTREAM,
} from '../../config/expressCapability.ts';
import { completionTimeout_ps } from '../../config/completionTimeout.ts';
import { ACS, ACS_EGRESS_VECTOR, AER, AER_CONTROL } from '../../config/extendedCapabilities.ts';
import { hasLinkBelow, isBridgeKind } from '../../config/places.ts';
import { extractField } from '../../config/register.ts';
import { ACS_BITS } from '../../pcie/acs.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../../pcie/machineSpec.ts';
import { ECRC_BYTES } from '../../pcie/tlp.ts';
import type { ConfigFabric } from '../configFabric.ts';
import { NO_ACS, type PortAcs, portAcs } from './portAcs.ts';
import { BridgeRegisters, FunctionRegisters } from './registers.ts';
import { DIGEST, NONE, TLP_ATTRIBUTE } from './tlpPool.ts';
import { decodeVirtual, type VirtualPlace, virtualPlace } from './virtualFunctions.ts';

/** DIGEST.good in place. */
const GOOD_DIGEST = DIGEST.good << 7;

/** A function with its registers, decoded. */
interface Watched {
  readonly spec: FunctionSpec;
  readonly config: ConfigSpace;
  readonly parent: Watched | undefined;
  readonly express: number | undefined;
  readonly acs: number | undefined;
  readonly aer: number | undefined;
  /** Set for bridges. */
  readonly bridge: BridgeRegisters | undefined;
  readonly fn: FunctionRegisters;
  readonly rootBus: number;
  /** Set for virtual functions. */
  readonly virtual: VirtualPlace | undefined;
  /** Generation of the configuration space that the values are of. */
  seen: number;
}

export class RegisterWatch {
  /** Software has written a register since the last refresh. */
  isStale = true;
  private readonly _watched = new Map<NodeId, Watched>();
  private readonly _configFabric: ConfigFabric;
  private readonly _payloadLimit: number;

  /** @param payloadLimit no function sends more than this, whatever its register says. */
  constructor(
    machine: MachineSpec,
    configs: ReadonlyMap<NodeId, ConfigSpace>,
    configFabric: ConfigFabric,
    payloadLimit: number,
  ) {
    this._configFabric = configFabric;
    this._payloadLimit = payloadLimit;
    const specs = new Map(machine.functions.map((spec) => [spec.id, spec]));
    for (const spec of machine.functions) this.#watch(spec, specs, machine, configs);
    this.refresh();
  }

  functionRegisters(node: NodeId): FunctionRegisters {
    return this.#of(node).fn;
  }

  bridgeRegisters(node: NodeId): BridgeRegisters {
    const { bridge } = this.#of(node);
    invariant(bridge !== undefined, () => `${node} is not a bridge`);
    return bridge;
  }

  /** Decodes again what has changed. */
  refresh(): void {
    this.isStale = false;
    for (const watched of this._watched.values()) this.#decode(watched);
    // What depends on the functions above comes when those are up to date.
    for (const watched of this._watched.values()) this.#decodePlace(watched);
  }

  #of(node: NodeId): Watched {
    const watched = this._watched.get(node);
    invariant(watched !== undefined, () => `no function ${node}`);
    return watched;
  }

  #watch(
    spec: FunctionSpec,
    specs: ReadonlyMap<NodeId, FunctionSpec>,
    machine: MachineSpec,
    configs: ReadonlyMap<NodeId, ConfigSpace>,
  ): Watched {
    const known = this._watched.get(spec.id);
    if (known !== undefined) return known;
    const config = configs.get(spec.id);
    invariant(config !== undefined, () => `no configuration space for ${spec.id}`);
    const above = specs.get(spec.parent);
    const parent = above === undefined ? undefined : this.#watch(above, specs, machine, configs);
    const watched: Watched = {
      spec,
      config,
      parent,
      express: findCapability(config, EXPRESS),
      acs: findCapability(config, ACS),
      aer: findCapability(config, AER),
      bridge: isBridgeKind(spec.kind) ? new BridgeRegisters() : undefined,
      fn: new FunctionRegisters({
        requesterId: 0 as Bdf,
        segment: this._configFabric.segmentOf(spec.id),
        mpsBytes: 128,
        mrrsBytes: 128,
        mayRequest: false,
        memoryEnable: false,
      }),
      rootBus: machine.hostBridges.find((bridge) => bridge.id === spec.parent)?.rootBus ?? 0,
      virtual: virtualPlace(spec, machine, configs),
      seen: -1,
    };
    for (const bar of spec.bars) if (bar.space === 'memory') watched.fn.barSize[bar.index] = bar.sizeBytes;
    const mark = (): void => {
      this.isStale = true;
    };
    config.onWrite(mark);
    config.onReset(mark);
    this._watched.set(spec.id, watched);
    return watched;
  }

  /** What a function's own registers say. */
  #decode(watched: Watched): void {
    const { config, spec, fn, bridge, express } = watched;
    if (watched.seen === config.generation) return;
    watched.seen = config.generation;
    const command = commandOf(config);
    const control = deviceControlOf(config, express);
    fn.mpsBytes = Math.min(control.mpsBytes, this._payloadLimit);
    fn.mrrsBytes = control.mrrsBytes;
    fn.acceptsBytes = express === undefined ? Infinity : fn.mpsBytes;
    fn.memoryEnable = command.memoryEnable;
    for (const bar of spec.bars) {
      if (bar.space !== 'memory') continue;
      const address = barAddress(config, bar.index);
      // A BAR that reads zero was never assigned.
      fn.barBase[bar.index] = address === 0 ? NONE : address;
    }
    decodeErrors(watched);
    if (bridge !== undefined) this.#decodeBridge(watched, bridge);
    else decodeRequester(watched, control.relaxedOrdering);
  }

  #decodeBridge({ config, express, acs, fn }: Watched, bridge: BridgeRegisters): void {
    const command = commandOf(config);
    const { secondary, subordinate } = bridgeBuses(config);
    const windows = bridgeWindows(config);
    bridge.segment = fn.segment;
    bridge.secondary = secondary;
    bridge.subordinate = subordinate;
    bridge.memoryEnable = command.memoryEnable;
    bridge.busMaster = command.busMaster;
    bridge.mpsBytes = fn.mpsBytes;
    bridge.acceptsBytes = fn.acceptsBytes;
    bridge.checksEcrc = fn.checksEcrc;
    bridge.memoryBase = windows.memory?.base ?? 1;
    bridge.memoryLimit = windows.memory?.limit ?? 0;
    bridge.prefetchableBase = windows.prefetchable?.base ?? 1;
    bridge.prefetchableLimit = windows.prefetchable?.limit ?? 0;
    const isLong =
      express !== undefined && readField(config, LINK_CONTROL_DOWNSTREAM, express, 'readCompletionBoundary') === 1;
    bridge.rcbBytes = isLong ? 128 : 64;
    bridge.acs = acsOf(config, acs);
    bridge.routesAtomics =
      express !== undefined && readField(config, DEVICE_CAPABILITIES_2, express, 'atomicRouting') === 1;
    bridge.blocksAtomics =
      express !== undefined && readField(config, DEVICE_CONTROL_2, express, 'atomicEgressBlocking') === 1;
  }

  /** What depends on where it is: its ID, and whether it may send. */
  #decodePlace(watched: Watched): void {
    const { spec, fn, parent, config, bridge } = watched;
    const bus = parent?.bridge?.secondary ?? watched.rootBus;
    const own = (bus << 8) | (spec.device << 3) | spec.fn;
    fn.requesterId = this._configFabric.routingIdOf(spec.id) ?? (own as Bdf);
    if (bridge !== undefined) {
      bridge.id = fn.requesterId;
      bridge.portNumber = spec.device;
      bridge.linkUp = !hasLinkBelow(spec.kind) || this._configFabric.linkBelow(spec.id).up;
    }
    fn.mayRequest = commandOf(config).busMaster && isReachable(parent);
    if (watched.virtual !== undefined) decodeVirtual(watched.virtual, spec, fn);
  }
}

/** ACS as it acts; nothing without the capability. */
function acsOf(config: ConfigSpace, offset: number | undefined): PortAcs {
  const found = offset === undefined ? undefined : acsControlOf(config, offset);
  if (found === undefined) return NO_ACS;
  const hasVector = (found.capability & ACS_BITS.p2pEgressControl) !== 0;
  return portAcs(found.control, hasVector ? readRegister(config, ACS_EGRESS_VECTOR, found.offset) : 0);
}

/** ECRC and completion timeout, as software has set them. */
function decodeErrors({ config, fn, express, aer }: Watched): void {
  fn.digestBytes =
    aer !== undefined && readField(config, AER_CONTROL, aer, 'ecrcGenerationEnable') === 1 ? ECRC_BYTES : 0;
  fn.checksEcrc = aer !== undefined && readField(config, AER_CONTROL, aer, 'ecrcCheckEnable') === 1;
  if (express === undefined) return;
  const control = readRegister(config, DEVICE_CONTROL_2, express);
  const isDisabled = extractField(DEVICE_CONTROL_2, 'completionTimeoutDisable', control) === 1;
  fn.completionTimeout_ps = completionTimeout_ps(
    extractField(DEVICE_CONTROL_2, 'completionTimeoutValue', control),
    isDisabled,
  );
}

/** What a function may put into the requests it sends, and what ACS says of those to its siblings. */
function decodeRequester({ config, spec, fn, express, acs }: Watched, mayRelax: boolean): void {
  fn.acs = acsOf(config, acs);
  const enable = (name: 'idoRequestEnable' | 'atomicRequesterEnable'): boolean =>
    express !== undefined && readField(config, DEVICE_CONTROL_2, express, name) === 1;
  fn.attributes =
    (fn.digestBytes === 0 ? 0 : GOOD_DIGEST) |
    (mayRelax && spec.ordering?.relaxed === true ? TLP_ATTRIBUTE.relaxedOrdering : 0) |
    (spec.ordering?.idBased === true && enable('idoRequestEnable') ? TLP_ATTRIBUTE.idBasedOrdering : 0);
  fn.mayRequestAtomics = enable('atomicRequesterEnable');
}

/** All links between a bus and the root are up. */
function isReachable(bridge: Watched | undefined): boolean {
  for (let above = bridge; above !== undefined; above = above.parent) {
    if (above.bridge?.linkUp === false) return false;
  }
  return true;
}

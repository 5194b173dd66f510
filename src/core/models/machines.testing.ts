/*
 * For tests and benchmarks: small machines whose registers firmware has already set, written as a tree.
 *
 *   builtMachine({ ports: [{ link: X16, below: switchOf('sw', X16, [{ link: X8, below: memory('a', X8) }]) }] })
 */
import { privateStorage } from '../../base/storage.ts';
import { invariant } from '../../base/invariant.ts';
import { alignUp } from '../../base/bits.ts';
import type {
  CreditSpec,
  DeviceModel,
  FunctionSpec,
  HostBridgeSpec,
  HostSpec,
  LinkEndSpec,
  MachineSpec,
  NodeId,
  SwitchParameters,
} from '../pcie/machineSpec.ts';
import type { CompletionStatus, Flow } from '../pcie/tlp.ts';
import type { HopRecorder } from '../sim/hopRecorder.ts';
import { SparseMemory } from '../sim/sparseMemory.ts';
import { buildHardware } from './buildHardware.ts';
import type { Hardware, HardwareOptions } from './hardware.ts';
import type { BarBehaviour, ByteSource, DeviceHandler, FunctionPort } from './ports.ts';

export interface TestDevice {
  readonly id: NodeId;
  readonly kind: 'device';
  readonly link: LinkEndSpec;
  readonly barBytes: number;
  readonly model?: DeviceModel;
  readonly mpsBytes?: number;
  readonly mrrsBytes?: number;
  readonly credits?: CreditSpec;
  /** Function 1 of the same device. */
  readonly sibling?: NodeId;
  readonly acsControl?: number;
  readonly ordering?: FunctionSpec['ordering'];
  /** Virtual functions of function 0; the SR-IOV capability still has to be told their address. */
  readonly virtual?: readonly NodeId[];
}

export interface TestPort {
  readonly link: LinkEndSpec;
  readonly below: TestDevice | TestSwitch | undefined;
  readonly acsControl?: number;
  readonly egressVector?: number;
  readonly credits?: CreditSpec;
  readonly mpsBytes?: number;
  /** Turns in a row at an egress of a switch with weighted arbitration. */
  readonly weight?: number;
}

export interface TestSwitch {
  readonly id: NodeId;
  readonly kind: 'switch';
  readonly link: LinkEndSpec;
  readonly ports: readonly TestPort[];
  readonly parameters?: SwitchParameters;
  readonly credits?: CreditSpec;
  readonly mpsBytes?: number;
  /** Of the port up. */
  readonly weight?: number;
}

/** A host bridge beside the first. */
export interface TestBridge {
  readonly segment: number;
  readonly rootBus: number;
  readonly ports: readonly TestPort[];
  readonly peerToPeer?: HostBridgeSpec['peerToPeer'];
  readonly numaNode?: number;
}

export interface TestMachine {
  readonly ports: readonly TestPort[];
  readonly memory?: Partial<HostSpec['memory']>;
  readonly peerToPeer?: HostBridgeSpec['peerToPeer'];
  /** pcie1, pcie2 …; their root ports continue the numbering. */
  readonly bridges?: readonly TestBridge[];
  /** Integrated endpoints of the first host bridge. */
  readonly integrated?: readonly TestDevice[];
  readonly mpsBytes?: number;
  readonly mrrsBytes?: number;
}

const FIRST_ADDRESS = 0x40_0000_0000;
const GRANULARITY = 2 ** 20;
const ALL_ENABLED = 0x6;
const ACS_CAPABILITY = 0x7f;

export function device(id: NodeId, link: LinkEndSpec, options: Partial<TestDevice> = {}): TestDevice {
  return { barBytes: 2 ** 24, ...options, id, kind: 'device', link };
}

export function switchOf(
  id: NodeId,
  link: LinkEndSpec,
  ports: readonly TestPort[],
  options: Partial<TestSwitch> = {},
): TestSwitch {
  return { ...options, id, kind: 'switch', link, ports };
}

/** Numbers buses and addresses depth first. */
class Layout {
  readonly functions: FunctionSpec[] = [];
  private _bus = 0;
  private _address = FIRST_ADDRESS;
  private readonly _machine: TestMachine;

  constructor(machine: TestMachine) {
    this._machine = machine;
    let ports = 0;
    for (const [index, bridge] of [{ rootBus: 0, ports: machine.ports }, ...(machine.bridges ?? [])].entries()) {
      this._bus = bridge.rootBus;
      for (const [place, port] of bridge.ports.entries())
        this.#port(port, `rp${ports++}`, 'rootPort', `pcie${index}`, place + 1, bridge.rootBus);
    }
    for (const [index, node] of (machine.integrated ?? []).entries())
      this.#function(node, node.id, { parent: 'pcie0', device: 16 + index, fn: 0, kind: 'rcEndpoint' });
  }

  #common(mps?: number, mrrs?: number): Pick<FunctionSpec, 'mpsBytes' | 'mrrsBytes' | 'mpsSupportedBytes' | 'fn'> {
    const mpsBytes = mps ?? this._machine.mpsBytes ?? 256;
    return {
      fn: 0,
      mpsBytes,
      mpsSupportedBytes: Math.max(mpsBytes, 256),
      mrrsBytes: mrrs ?? this._machine.mrrsBytes ?? 512,
    };
  }

  #port(
    port: TestPort,
    id: NodeId,
    kind: 'rootPort' | 'downstreamPort',
    parent: NodeId,
    place: number,
    primary: number,
  ): void {
    this.#bridge({ id, kind, parent, device: place, port }, primary, (secondary) => {
      const { below } = port;
      if (below?.kind === 'device') this.#device(below, id);
      else if (below !== undefined) this.#switch(below, id, secondary);
    });
  }

  #switch(node: TestSwitch, parent: NodeId, primary: number): void {
    const top = {
      id: node.id,
      kind: 'upstreamPort' as const,
      parent,
      device: 0,
      port: node,
    };
    this.#bridge(
      top,
      primary,
      (secondary) => {
        for (const [index, port] of node.ports.entries())
          this.#port(port, `${node.id}.${index}`, 'downstreamPort', node.id, index, secondary);
      },
      node.parameters,
    );
  }

  #device(node: TestDevice, parent: NodeId): void {
    this.#function(node, node.id, { parent, device: 0, fn: 0, kind: 'endpoint' });
    for (const [index, id] of (node.virtual ?? []).entries())
      this.#function(node, id, { parent, device: 0, fn: 2 + index, kind: 'endpoint', virtualFunctionOf: node.id });
    if (node.sibling !== undefined) this.#function(node, node.sibling, { parent, device: 0, fn: 1, kind: 'endpoint' });
  }

  #function(
    node: TestDevice,
    id: NodeId,
    place: Pick<FunctionSpec, 'parent' | 'device' | 'fn' | 'kind' | 'virtualFunctionOf'>,
  ): void {
    const address = alignUp(this._address, Math.max(node.barBytes, GRANULARITY));
    this._address = address + Math.max(node.barBytes, GRANULARITY);
    this.functions.push({
      ...this.#common(node.mpsBytes, node.mrrsBytes),
      id,
      name: id,
      ...place,
      identity: {
        vendorId: 0x11f8,
        deviceId: 0xf115,
        revision: 2,
        classCode: 0x018002,
        subsystemVendorId: 0,
        subsystemId: 0,
      },
      bars: [{ index: 4, space: 'memory', widthBits: 64, prefetchable: true, sizeBytes: node.barBytes }],
      link: node.link,
      ...(node.acsControl === undefined ? {} : { acs: { capability: ACS_CAPABILITY, control: node.acsControl } }),
      ...(node.credits === undefined ? {} : { credits: node.credits }),
      ...(node.model === undefined ? {} : { model: node.model }),
      ...(node.ordering === undefined ? {} : { ordering: node.ordering }),
      firmware: { command: ALL_ENABLED, bars: { 4: address } },
    });
  }

  #bridge(
    place: {
      readonly id: NodeId;
      readonly kind: 'rootPort' | 'upstreamPort' | 'downstreamPort';
      readonly parent: NodeId;
      readonly device: number;
      readonly port: Omit<TestPort, 'below'>;
    },
    primary: number,
    inside: (secondary: number) => void,
    parameters?: SwitchParameters,
  ): void {
    const secondary = ++this._bus;
    const slot = this.functions.length;
    this._address = alignUp(this._address, GRANULARITY);
    const base = this._address;
    inside(secondary);
    this._address = alignUp(this._address, GRANULARITY);
    const window = this._address > base ? { prefetchableWindow: { base, limit: this._address - 1 } } : {};
    const { link, credits, acsControl, egressVector, mpsBytes, weight } = place.port;
    const acs = {
      capability: ACS_CAPABILITY,
      control: acsControl ?? 0,
      ...(egressVector === undefined ? {} : { egressVector }),
    };
    this.functions.splice(slot, 0, {
      ...this.#common(mpsBytes),
      id: place.id,
      name: place.id,
      parent: place.parent,
      device: place.device,
      kind: place.kind,
      identity: {
        vendorId: 0x1b36,
        deviceId: 0x000c,
        revision: 0,
        classCode: 0x060400,
        subsystemVendorId: 0,
        subsystemId: 0,
      },
      bars: [],
      link,
      ...(credits === undefined ? {} : { credits }),
      ...(acsControl === undefined ? {} : { acs }),
      ...(weight === undefined ? {} : { arbitrationWeight: weight }),
      ...(parameters === undefined ? {} : { switch: parameters }),
      firmware: { command: ALL_ENABLED, buses: { primary, secondary, subordinate: this._bus }, ...window },
    });
  }
}

export function machineSpec(machine: TestMachine): MachineSpec {
  return {
    host: {
      cpu: { model: 'test', vendor: 'intel', family: 6, cores: 1 },
      memory: { sizeBytes: 2 ** 32, channels: 2, channelBytesPerSecond: 25.6e9, kind: 'DDR4-3200', ...machine.memory },
      iommu: 'off',
    },
    hostBridges: [
      {
        id: 'pcie0',
        name: 'pcie0',
        segment: 0,
        rootBus: 0,
        lastBus: lastBusOf(machine),
        numaNode: 0,
        ...(machine.peerToPeer === undefined ? {} : { peerToPeer: machine.peerToPeer }),
      },
      ...(machine.bridges ?? []).map(({ segment, rootBus, numaNode, peerToPeer }, index) => ({
        id: `pcie${index + 1}`,
        name: `pcie${index + 1}`,
        segment,
        rootBus,
        lastBus: 255,
        numaNode: numaNode ?? 0,
        ...(peerToPeer === undefined ? {} : { peerToPeer }),
      })),
    ],
    functions: new Layout(machine).functions,
    start: 'firmware',
    windowRule: 'packed',
  };
}

/** Bridges of one segment share its bus numbers. */
function lastBusOf(machine: TestMachine): number {
  const others = (machine.bridges ?? []).filter((bridge) => bridge.segment === 0).map((bridge) => bridge.rootBus - 1);
  return Math.min(255, ...others);
}

export function builtMachine(
  machine: TestMachine,
  hops?: HopRecorder,
  options: Pick<HardwareOptions, 'orderingExceptions'> = {},
): Hardware {
  return buildHardware(machineSpec(machine), {
    storage: privateStorage,
    seed: 1,
    ...options,
    ...(hops === undefined ? {} : { hops }),
  });
}

/** A device for tests: memory behind BAR 4, and a port to send with; it remembers what came back. */
export class TestFunction implements DeviceHandler {
  readonly port: FunctionPort;
  readonly memory: SparseMemory;
  /** Bus address of its BAR. */
  readonly base: number;
  /** Completed reads: [context, status, time]. */
  readonly done: (readonly [context: number, status: CompletionStatus, at_ps: number])[] = [];
  /** Calls of onRoom go here. */
  pump: (() => void) | undefined;
  private readonly _received: SparseMemory;

  constructor(hardware: Hardware, id: NodeId, behaviour: Partial<Extract<BarBehaviour, { type: 'memory' }>> = {}) {
    const { spec } = hardware.functionOf(id);
    const bar = spec.bars[0];
    const base = spec.firmware?.bars?.[4];
    invariant(bar !== undefined && base !== undefined, () => `${id} has no BAR 4`);
    this.base = base;
    this.memory = new SparseMemory(hardware.arena, bar.sizeBytes);
    this._received = new SparseMemory(hardware.arena, 2 ** 32);
    const memory: BarBehaviour = {
      type: 'memory',
      memory: this.memory,
      memoryOffset: 0,
      readLatency_ps: 250_000,
      ...behaviour,
    };
    this.port = hardware.attach(id, this, new Map([[4, memory]]));
  }

  /** Where read data goes: the bytes of read `context` are at `context`. */
  get received(): SparseMemory {
    return this._received;
  }

  /** Sends as many writes as it takes, as room appears. */
  writeAll(address: number, lengthBytes: number, source: ByteSource, flow: Flow, step?: number): void {
    let sent = 0;
    this.pump = () => {
      while (sent < lengthBytes && this.port.postedRoom() > 0) {
        const size = step ?? this.port.mpsBytes;
        const count = Math.min(size - ((address + sent) % size), lengthBytes - sent);
        this.port.write(address + sent, count, source, sent, flow);
        sent += count;
      }
    };
    this.pump();
  }

  /** Reads everything, as tags and room allow; context = offset. */
  readAll(address: number, lengthBytes: number, flow: Flow): void {
    let sent = 0;
    this.pump = () => {
      while (sent < lengthBytes && this.port.readRoom() > 0) {
        const step = this.port.mrrsBytes;
        const count = Math.min(step - ((address + sent) % step), lengthBytes - sent);
        this.port.read(address + sent, count, sent, flow);
        sent += count;
      }
    };
    this.pump();
  }

  onRoom(): void {
    this.pump?.();
  }

  onReadData(
    context: number,
    requestOffset: number,
    lengthBytes: number,
    payload: Uint8Array,
    payloadOffset: number,
  ): void {
    this._received.writeFrom(context + requestOffset, lengthBytes, payload, payloadOffset);
  }

  onReadDone(context: number, status: CompletionStatus): void {
    this.done.push([context, status, this.port.now()]);
  }

  onRegisterWrite(): void {}

  onRegisterRead(): number {
    return 0;
  }

  onTimer(): void {}

  onReset(): void {}
}

/** Bytes that differ from place to place. */
export const PATTERN: ByteSource = {
  readInto(offset, lengthBytes, target, targetOffset) {
    for (let index = 0; index < lengthBytes; index++) {
      const at = offset + index;
      target[targetOffset + index] = (Math.imul(at >>> 2, 0x9e3779b1) >>> (8 * (at & 3))) & 0xff;
    }
  },
};

/** True if `memory` holds the pattern from its offset 0 at `offset`. */
export function holdsPattern(memory: SparseMemory, offset: number, lengthBytes: number): boolean {
  const got = new Uint8Array(lengthBytes);
  const expected = new Uint8Array(lengthBytes);
  memory.readInto(offset, lengthBytes, got, 0);
  PATTERN.readInto(0, lengthBytes, expected, 0);
  return got.every((byte, index) => byte === expected[index]);
}

/*
 * The way the packets of a worked case really take: its machine is built as hardware and booted, the client sends one
 * write and one read with the address it would be given, and the links they crossed are read off the hop records.
 */
import { at, invariant } from '../../base/invariant.ts';
import { privateStorage } from '../../base/storage.ts';
import { enumerate, enumerateOptionsOf, runAtBoot } from '../../core/host/enumerate.ts';
import { enableDevice } from '../../core/host/drivers/functionSetup.ts';
import type { HostView } from '../../core/host/hostView.ts';
import { IommuDriver } from '../../core/host/iommu/iommuDriver.ts';
import { nameView } from '../../core/host/p2pdma/names.ts';
import { peerMemoryAddress } from '../../core/host/routeClaims.ts';
import { buildHardware } from '../../core/models/buildHardware.ts';
import type { Hardware } from '../../core/models/hardware.ts';
import type { BarBehaviour, DeviceHandler, FunctionPort } from '../../core/models/ports.ts';
import { UPSTREAM } from '../../core/pcie/counters.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { rootWindows } from '../../core/pcie/rootWindows.ts';
import { FLOW, TLP_KIND } from '../../core/pcie/tlp.ts';
import type { HopRecorder } from '../../core/sim/hopRecorder.ts';
import { SparseMemory } from '../../core/sim/sparseMemory.ts';
import type { P2pdmaCase } from '../../validation/cases/p2pdmaCase.ts';
import { machineToRun } from '../../validation/cases/p2pdmaMachine.ts';

const BYTES = 64;
/** Page tables lie in RAM from here on. */
const TABLES_AT = 16 * 2 ** 20;
const PAGE_BYTES = 4096;

export interface TakenPaths {
  readonly write: readonly string[];
  readonly readReq: readonly string[];
  readonly readData: readonly string[];
  /** What went wrong on the way; the paths then end where it did. */
  readonly problem: string | undefined;
}

/**
 * @returns undefined where a conventional bus is on the way (its hops leave no records), and where the provider is a
 * virtual function (the case format gives it no memory).
 */
export function takenPaths(row: P2pdmaCase): TakenPaths | undefined {
  const [client] = row.clients;
  const spec = machineToRun(row);
  if (row.clients.length !== 1 || client === undefined || spec.functions.some(isConventional)) return undefined;
  if (spec.functions.some((fn) => fn.name === row.provider && fn.virtualFunctionOf !== undefined)) return undefined;
  return new CaseRun(spec, idOf(spec, row.provider), idOf(spec, client)).run();
}

function isConventional({ kind }: FunctionSpec): boolean {
  return ['pcieToPciBridge', 'pciToPcieBridge', 'pciBridge', 'pciDevice'].includes(kind);
}

function idOf(spec: MachineSpec, name: string): NodeId {
  const found = spec.functions.find((fn) => fn.name === name);
  invariant(found !== undefined, () => `no function is called ${name}`);
  return found.id;
}

const NO_PATHS = { write: [], readReq: [], readData: [] };

/** Which link a TLP crossed, and in which direction. */
interface Crossing {
  readonly port: FunctionSpec;
  readonly up: boolean;
}

class CaseRun {
  readonly #spec: MachineSpec;
  readonly #provider: NodeId;
  readonly #client: NodeId;
  readonly #hardware: Hardware;
  readonly #hops: { readonly segment: number; readonly kind: number }[] = [];
  readonly #memory: SparseMemory;
  readonly #got = new Uint8Array(BYTES);
  readonly #sent = Uint8Array.from({ length: BYTES }, (_, index) => (index * 37 + 11) & 0xff);
  #status = -1;

  constructor(spec: MachineSpec, provider: NodeId, client: NodeId) {
    this.#spec = spec;
    this.#provider = provider;
    this.#client = client;
    const hops: HopRecorder = {
      record: (_start, _end, segment, what) => this.#hops.push({ segment, kind: what & 0xff }),
    };
    this.#hardware = buildHardware(spec, { storage: privateStorage, seed: 0, hops });
    this.#memory = new SparseMemory(this.#hardware.arena, 2 ** 20);
  }

  run(): TakenPaths {
    const client = this.#attach(this.#client);
    if (this.#provider !== this.#client) this.#attach(this.#provider);
    const view = runAtBoot(enumerate(enumerateOptionsOf(this.#spec)), this.#hardware.configFabric);
    const names = nameView(view, this.#spec);
    const indexOf = (id: NodeId): number => names.functions.findIndex((fn) => fn.id === id);
    for (const node of [this.#client, this.#provider])
      runAtBoot(enableDevice(view, indexOf(node)), this.#hardware.configFabric);
    const address = peerMemoryAddress(at(view.functions, indexOf(this.#provider)));
    if (address === undefined) return { ...NO_PATHS, problem: 'the provider has no memory BAR' };
    if (!client.mayRequest) return { ...NO_PATHS, problem: 'the client may not master the bus' };
    return this.#exchange(client, this.#mapped(view, indexOf(this.#client), address));
  }

  /** One write and one read. A function's own memory is reached inside it: no request leaves. */
  #exchange(client: FunctionPort, address: number): TakenPaths {
    const isOwn = this.#provider === this.#client;
    const source = new SparseMemory(this.#hardware.arena, BYTES);
    source.writeFrom(0, BYTES, this.#sent, 0);
    if (isOwn) this.#memory.writeFrom(0, BYTES, this.#sent, 0);
    else client.write(address, BYTES, source, 0, FLOW.p2p);
    this.#hardware.runUntil(Infinity, Infinity);
    const stored = new Uint8Array(BYTES);
    this.#memory.readInto(0, BYTES, stored, 0);
    const wrote = same(stored, this.#sent);
    const write = this.#notation(TLP_KIND.MWr, [this.#client, this.#provider], wrote);
    if (!isOwn) client.read(address, BYTES, 0, FLOW.p2p);
    this.#hardware.runUntil(Infinity, Infinity);
    const read = isOwn || (this.#status === 0 && same(this.#got, this.#sent));
    const readReq = this.#notation(TLP_KIND.MRd, [this.#client, this.#provider], read);
    const readData = this.#notation(TLP_KIND.CplD, [this.#provider, this.#client], read);
    const problem = wrote
      ? read
        ? undefined
        : 'the read was not answered with the bytes'
      : 'the write did not arrive';
    return { write, readReq, readData, problem };
  }

  /** With a translating IOMMU the client is given an I/O virtual address, and tables in memory that translate it. */
  #mapped(view: HostView, client: number, address: number): number {
    const { iommu, hostMemory } = this.#hardware;
    if (iommu === undefined) return address;
    let next = TABLES_AT;
    const pages = (): number => {
      next += PAGE_BYTES;
      return next - PAGE_BYTES;
    };
    const windows = rootWindows(this.#spec.hostBridges).flat();
    const driver = new IommuDriver({ view, pages, windows: windows.filter(({ space }) => space === 'memory') });
    const iova = driver.map(client, address, PAGE_BYTES, 'both');
    for (const request of driver.writeTables()) {
      if (request.kind !== 'memoryWrite') continue;
      hostMemory.memory.writeFrom(hostMemory.offsetOf(request.address), request.data.length, request.data, 0);
    }
    for (const [segment, table] of driver.rootTables) iommu.setRootTable(segment, table);
    return iova;
  }

  #attach(node: NodeId): FunctionPort {
    const behaviour: BarBehaviour = { type: 'memory', memory: this.#memory, memoryOffset: 0, readLatency_ps: 0 };
    const isProvider = node === this.#provider;
    const bars = this.#hardware.functionOf(node).spec.bars.map(({ index }) => [index, behaviour] as const);
    return this.#hardware.attach(node, this.#handler(), new Map(isProvider ? bars : []));
  }

  #handler(): DeviceHandler {
    return {
      onRoom: () => undefined,
      onReadData: (_context, requestOffset, lengthBytes, payload, offset) => {
        this.#got.set(payload.subarray(offset, offset + lengthBytes), requestOffset);
      },
      onReadDone: (_context, status) => {
        this.#status = status;
      },
      onRegisterWrite: () => undefined,
      onRegisterRead: () => 0,
      onTimer: () => undefined,
      onReset: () => undefined,
    };
  }

  /**
   * Path notation of the recorded hops of one kind of TLP, on its way from one function to another.
   * @param arrived without hops: it stayed inside, or was never sent.
   */
  #notation(wanted: number, [from, to]: readonly [NodeId, NodeId], arrived: boolean): readonly string[] {
    const { links } = this.#hardware;
    const crossings = this.#hops
      .filter(({ segment, kind }) => kind === wanted && segment < links.length * 2)
      .map(({ segment }): Crossing => {
        const link = at(links, segment >> 1);
        return { port: this.#hardware.functionOf(link.upper).spec, up: segment % 2 === UPSTREAM };
      });
    const source = this.#hardware.functionOf(from).spec;
    const target = this.#hardware.functionOf(to).spec;
    if (crossings.length === 0) return arrived ? [this.#inside(source, target)] : [];
    const parts: string[] = [];
    if (this.#isOnRootBus(source)) this.#enterRoot(parts, source);
    for (const [index, crossing] of crossings.entries()) this.#cross(parts, crossing, index + 1 < crossings.length);
    // Integrated endpoints take what the root complex has let in.
    if (this.#isOnRootBus(target) && parts.at(-1)?.startsWith('RC(') === true) this.#enterRoot(parts, target);
    return parts;
  }

  /** Nothing crossed a link. */
  #inside(from: FunctionSpec, to: FunctionSpec): string {
    if (from === to) return `internal(${from.name})`;
    if (from.parent === to.parent && from.device === to.device) {
      return `internal(dev ${from.device.toString(16).padStart(2, '0')})`;
    }
    const parts: string[] = [];
    this.#enterRoot(parts, from);
    this.#enterRoot(parts, to);
    return at(parts, 0);
  }

  #isOnRootBus({ parent }: FunctionSpec): boolean {
    return this.#spec.hostBridges.some(({ id }) => id === parent);
  }

  /** Into the root complex of a function, from outside or from another one. */
  #enterRoot(parts: string[], fn: FunctionSpec): void {
    const inside = `RC(${this.#hostOf(fn)})`;
    const last = parts.at(-1);
    if (last === undefined || !last.startsWith('RC(')) parts.push(inside);
    else if (!last.endsWith(inside)) parts[parts.length - 1] = `${last}>IC>${inside}`;
  }

  /** @param goesOn false for the last hop: a packet that came up through a switch port and went no further ended there. */
  #cross(parts: string[], { port, up }: Crossing, goesOn: boolean): void {
    const isRoot = port.kind === 'rootPort';
    const inside = isRoot ? '' : `X(${this.#nameOf(port.parent)})`;
    if (!up) {
      if (isRoot) this.#enterRoot(parts, port);
      else if (parts.at(-1) !== inside) parts.push(inside);
      parts.push(`${port.name}v`);
      return;
    }
    parts.push(`${port.name}^`);
    if (isRoot) this.#enterRoot(parts, port);
    else if (goesOn) parts.push(inside);
  }

  #nameOf(node: NodeId): string {
    return this.#hardware.functionOf(node).spec.name;
  }

  #hostOf(spec: FunctionSpec): string {
    const bridge = this.#spec.hostBridges.find(({ id }) => id === spec.parent);
    return bridge === undefined ? this.#hostOf(this.#hardware.functionOf(spec.parent).spec) : bridge.name;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, index) => byte === b[index]);
}

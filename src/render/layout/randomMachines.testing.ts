/* Random topologies for property tests of the drawing. */
import { constantFrom, integer, record, array, type Arbitrary } from 'fast-check';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import type { LinkGen, LinkWidth } from '../../core/pcie/link.ts';
import {
  gpu,
  hostBridge,
  hostBridgeFunction,
  identity,
  iopmem,
  machineDocument,
  nic,
  nvme,
  rootComplexDma,
  rootPort,
  switchPorts,
  transfer,
} from '../../topology/build.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { MIB } from '../../base/units.ts';

/** One choice for each port met while building, used round robin. */
interface Plan {
  readonly bridges: number;
  readonly nodes: number;
  readonly rootPorts: number;
  readonly furniture: number;
  readonly choices: readonly number[];
  readonly widths: readonly LinkWidth[];
  readonly gens: readonly LinkGen[];
}

const WIDTHS: readonly LinkWidth[] = [1, 2, 4, 8, 16];
const GENS: readonly LinkGen[] = [1, 2, 3, 4, 5, 6];
const MOST_DEPTH = 3;
/** No more switches from here on: machines stay near the size of the largest real ones. */
const MOST_FUNCTIONS = 250;

class RandomMachine {
  readonly functions: FunctionSpec[] = [];
  readonly #plan: Plan;
  #step = 0;
  #count = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  next<T>(values: readonly T[], otherwise: T): T {
    this.#step += 1;
    return values[this.#step % Math.max(1, values.length)] ?? otherwise;
  }

  link(): { readonly gen: LinkGen; readonly width: LinkWidth } {
    return { gen: this.next(this.#plan.gens, 4), width: this.next(this.#plan.widths, 4) };
  }

  id(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count}`;
  }

  /** Fills a port: nothing, a device of some kind, several functions, or a switch. */
  below(port: string, depth: number): void {
    const choice = this.next(this.#plan.choices, 0);
    if (choice >= 7 && depth < MOST_DEPTH && this.functions.length < MOST_FUNCTIONS) {
      const id = this.id('sw');
      const downstream = Array.from({ length: 1 + (choice % 6) }, () => this.link());
      this.functions.push(...switchPorts(id, { parent: port }, { upstream: this.link(), downstream }));
      downstream.forEach((_, index) => this.below(`${id}-p${index}`, depth + 1));
      return;
    }
    this.#device(port, choice % 7);
  }

  #device(port: string, choice: number): void {
    if (choice === 1) this.functions.push(iopmem(this.id('mem'), port, { ...this.link(), capacityBytes: 256 * MIB }));
    if (choice === 2) this.functions.push(nic(this.id('nic'), port, { ...this.link(), wireBitsPerSecond: 100e9 }));
    if (choice === 3) {
      const drive = { ...this.link(), capacityBytes: 1e12, readBytesPerSecond: 3e9, writeBytesPerSecond: 2e9 };
      this.functions.push(nvme(this.id('nvme'), port, drive));
    }
    if (choice === 4) this.functions.push(gpu(this.id('gpu'), port, { ...this.link(), apertureBytes: 256 * MIB }));
    if (choice === 5) {
      const base = nic(this.id('multi'), port, { ...this.link(), wireBitsPerSecond: 25e9 });
      for (let fn = 0; fn < 8; fn += 1) this.functions.push({ ...base, id: `${base.id}-f${fn}`, fn });
    }
  }
}

function build(plan: Plan): TopologyDocument {
  const machine = new RandomMachine(plan);
  const hostBridges = Array.from({ length: plan.bridges }, (_, index) =>
    hostBridge(`pcie${index}`, { rootBus: index * 32, lastBus: index * 32 + 31, numaNode: index % plan.nodes }),
  );
  for (const bridge of hostBridges) {
    machine.functions.push(hostBridgeFunction(`hb-${bridge.id}`, bridge.id));
    for (let port = 0; port < plan.rootPorts; port += 1) {
      const id = machine.id('rp');
      const slot = port % 2 === 0 ? { slot: port } : {};
      machine.functions.push(rootPort(id, { parent: bridge.id, device: port + 1 }, { ...machine.link(), ...slot }));
      machine.below(id, 0);
    }
    machine.functions.push(rootComplexDma(machine.id('dma'), { parent: bridge.id, device: 28 }));
    for (let part = 0; part < plan.furniture; part += 1) {
      const id = machine.id('part');
      const place = { id, name: `SMBus ${id}`, parent: bridge.id, device: 31, fn: part % 8 };
      machine.functions.push({ ...place, kind: 'rcEndpoint', identity: identity('8086:2930', 0x0c0500), bars: [] });
    }
  }
  const [first] = machine.functions;
  const end = machine.functions.find((fn) => fn.kind === 'endpoint') ?? first;
  return machineDocument({
    name: 'random',
    description: '',
    hostBridges,
    functions: machine.functions,
    transfer: transfer(end?.id ?? 'none', end?.id ?? 'none'),
  });
}

/** Machines with one to six host bridges on one to three nodes, up to nine root ports each, and three levels of switches. */
export function randomMachines(): Arbitrary<TopologyDocument> {
  return record({
    bridges: integer({ min: 1, max: 6 }),
    nodes: integer({ min: 1, max: 3 }),
    rootPorts: integer({ min: 0, max: 9 }),
    furniture: integer({ min: 0, max: 9 }),
    choices: array(integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 17 }),
    widths: array(constantFrom(...WIDTHS), { minLength: 1, maxLength: 7 }),
    gens: array(constantFrom(...GENS), { minLength: 1, maxLength: 5 }),
  }).map(build);
}

/*
 * Ways inside and between sockets: from a root port, the cores or an integrated endpoint to another of these
 * or to the memory modules. They run along one line across the plate, keeping right.
 */
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { HostShape, Point, Scene } from './sceneModel.ts';

export type HostPlace =
  | { readonly kind: 'port'; readonly node: NodeId; readonly point: Point }
  | { readonly kind: 'memory'; readonly way: 'write' | 'read'; readonly module: number }
  | { readonly kind: 'inside'; readonly node: NodeId | 'cpu' }
  | undefined;

/** A way from a place to the crossing line of its socket: all points before the line. */
interface Approach {
  readonly socket: number;
  readonly points: readonly Point[];
  readonly x: number;
  /** Ways to different modules run side by side. */
  readonly shift: number;
}

const RISER_SIDE = 4;
const MODULE_PITCH = { full: 4, compact: 2.5 } as const;

export class HostWays {
  /** What has a place inside a host: the CPU, chips, and functions that hang on the root bus without a link. */
  readonly insides: readonly (NodeId | 'cpu')[];
  readonly #scene: Scene;
  readonly #side: number;
  readonly #socketOfBridge = new Map<NodeId, number>();
  readonly #parents: ReadonlyMap<NodeId, NodeId>;
  readonly #approaches = new Map<NodeId | 'cpu', Approach>();

  constructor(scene: Scene, parents: ReadonlyMap<NodeId, NodeId>, side: number) {
    this.#scene = scene;
    this.#side = side;
    this.#parents = parents;
    scene.hosts.forEach((host, socket) => {
      for (const section of host.sections) this.#socketOfBridge.set(section.hostBridge, socket);
    });
    this.#addInsides();
    this.insides = [...this.#approaches.keys()];
  }

  /** Points from one place to another; undefined if either is not in a host. */
  between(from: HostPlace, to: HostPlace): readonly Point[] | undefined {
    const start = this.#approach(from, 'from');
    const end = this.#approach(to, 'to');
    if (start === undefined || end === undefined) return undefined;
    const shift = start.shift + end.shift;
    if (start.socket === end.socket)
      return [...start.points, ...this.#cross(start.socket, start.x, end.x, shift), ...end.points.toReversed()];
    const line = this.#betweenSockets(start.socket, end.socket);
    const first = line[0];
    const last = line.at(-1);
    if (first === undefined || last === undefined) return undefined;
    return [
      ...start.points,
      ...this.#cross(start.socket, start.x, first.x, shift),
      ...line,
      ...this.#cross(end.socket, last.x, end.x, shift),
      ...end.points.toReversed(),
    ];
  }

  #host(socket: number): HostShape | undefined {
    return this.#scene.hosts[socket];
  }

  #cross(socket: number, fromX: number, toX: number, shift: number): readonly Point[] {
    const side = this.#side + shift;
    const y = (this.#host(socket)?.crossingY ?? 0) + (toX > fromX ? side : -side);
    return [
      { x: fromX, y },
      { x: toX, y },
    ];
  }

  #approach(place: HostPlace, role: 'from' | 'to'): Approach | undefined {
    if (place === undefined) return undefined;
    switch (place.kind) {
      case 'port': {
        const socket = this.#socketOfBridge.get(this.#parents.get(place.node) ?? '');
        return socket === undefined ? undefined : { socket, points: [place.point], x: place.point.x, shift: 0 };
      }
      case 'memory':
        return this.#memory(place.way, place.module, role);
      case 'inside':
        return this.#approaches.get(place.node);
      default:
        return undefined;
    }
  }

  /** Up the riser to a module's lines. */
  #memory(way: 'write' | 'read', module: number, role: 'from' | 'to'): Approach | undefined {
    const socket = this.#scene.hosts.findIndex((host) => host.memory !== undefined);
    const host = this.#host(socket);
    const dimm = this.#scene.dimms[module];
    if (host === undefined || dimm === undefined) return undefined;
    const y = way === 'write' ? dimm.bus.writeY : dimm.bus.readY;
    const shift = (module - (this.#scene.dimms.length - 1) / 2) * MODULE_PITCH[this.#scene.density];
    const x = host.riserX + (role === 'to' ? RISER_SIDE + shift : -RISER_SIDE - shift);
    return {
      socket,
      x,
      shift,
      points: [
        { x: dimm.rect.x, y },
        { x, y },
      ],
    };
  }

  #betweenSockets(from: number, to: number): readonly Point[] {
    const lineOf = (socket: number): readonly Point[] =>
      socket === 0 ? [] : (this.#scene.interconnects[socket - 1] ?? []);
    // Every line starts at socket 0.
    const back = lineOf(from).toReversed();
    const out = lineOf(to);
    return [...back, ...out];
  }

  #addInsides(): void {
    const scene = this.#scene;
    const first = scene.hosts[0];
    if (first === undefined) return;
    const { rect } = first.cpu;
    const compact = scene.density === 'compact';
    const core = first.cpu.boxes[0];
    const cpuX = compact && core !== undefined ? core.x + core.width : rect.x + rect.width - 22;
    this.#approaches.set('cpu', { socket: 0, points: [], x: cpuX, shift: 0 });
    scene.hosts.forEach((host, socket) => {
      for (const section of host.sections) {
        for (const chip of section.chips) {
          const x = Math.floor(chip.rect.x + chip.rect.width / 2) + 0.5;
          const edge = { x, y: chip.rect.y + chip.rect.height };
          for (const node of chip.members) this.#approaches.set(node, { socket, points: [edge], x, shift: 0 });
        }
      }
    });
    for (const stub of scene.stubs) {
      const socket = this.#socketOfBridge.get(stub.upper);
      const top = stub.path[0];
      if (socket === undefined || top === undefined) continue;
      this.#approaches.set(stub.lower, { socket, points: stub.path.toReversed(), x: top.x, shift: 0 });
    }
  }
}

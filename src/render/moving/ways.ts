/*
 * Pathways with speeds: how long things take on each track, and how wide and long packets are there. Numbers
 * only, looked up by place; nothing is allocated after the first use of a way.
 */
import { HOP } from '../../core/pcie/counters.ts';
import { linkRate, type LinkGen } from '../../core/pcie/link.ts';
import type { FunctionKind, NodeId } from '../../core/pcie/machineSpec.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { Pathways } from '../layout/pathways.ts';
import type { Density, Scene } from '../layout/sceneModel.ts';
import type { Track } from '../layout/track.ts';
import { drawnLength, pitchOf, speedOf, wireBytes } from './packetStyle.ts';

/** Ways inside the host are as wide as a link of eight lanes, and as fast as the machine's fastest link. */
const HOST_LANES = 8;
/** What a packet leaves free of its channel. */
const SIDE_GAP = { full: 3.5, compact: 2 } as const;
const LEAST_WIDTH = { full: 1.5, compact: 2.5 } as const;
const DLLP_BYTES = 8;
const DEFAULT_GEN: LinkGen = 4;

const PASSING_KINDS: readonly FunctionKind[] = [
  'upstreamPort',
  'pcieToPciBridge',
  'pciToPcieBridge',
  'rootPort',
  'downstreamPort',
];

export class Ways {
  readonly placeCount: number;
  readonly segmentCount: number;
  readonly dllpBytes = DLLP_BYTES;
  readonly density: Density;
  readonly #pathways: Pathways;
  readonly #gen: readonly LinkGen[];
  readonly #lanes: Float64Array;
  readonly #speed: Float64Array;
  readonly #travel_ps: Float64Array;
  readonly #continues: Uint8Array;
  /** Places of requesters inside the host, by requester ID. */
  readonly #requesters = new Map<number, number>();
  readonly #cpuPlace: number;
  readonly #hostBytesPerSecond: number;

  constructor(scene: Scene, machine: MachineDescription, document: TopologyDocument) {
    const parents = new Map(document.functions.map((fn) => [fn.id, fn.parent]));
    this.density = scene.density;
    this.#pathways = new Pathways(scene, machine, parents);
    this.placeCount = this.#pathways.placeCount;
    this.segmentCount = this.#pathways.segmentCount;
    this.#gen = machine.links.flatMap((link) => [link.gen, link.gen]);
    const fastest = this.#gen.reduce<LinkGen>((most, gen) => (gen > most ? gen : most), 1);
    const hostGen = this.#gen.length === 0 ? DEFAULT_GEN : fastest;
    this.#hostBytesPerSecond = linkRate(hostGen).laneBytesPerSecond * HOST_LANES;
    this.#lanes = new Float64Array(this.placeCount).fill(HOST_LANES);
    this.#speed = new Float64Array(this.placeCount).fill(speedOf(scene.density, hostGen));
    this.#travel_ps = new Float64Array(this.placeCount);
    this.#continues = new Uint8Array(this.placeCount);
    const kinds = new Map(document.functions.map((fn) => [fn.id, fn.kind]));
    for (const link of machine.links) {
      for (const direction of [0, 1]) {
        const segment = link.index * 2 + direction;
        const end = direction === 0 ? link.lower : link.upper;
        this.#lanes[segment] = link.width;
        this.#speed[segment] = speedOf(scene.density, link.gen);
        this.#travel_ps[segment] = (this.#pathways.segment(segment)?.length ?? 0) / (this.#speed[segment] ?? 1);
        this.#continues[segment] = PASSING_KINDS.includes(kinds.get(end ?? '') ?? 'endpoint') ? 1 : 0;
      }
    }
    this.#cpuPlace = this.#pathways.insidePlace('cpu') ?? -1;
    for (const fn of machine.functions) {
      // What the CPU sends carries the ID of the host bridge's function.
      if (kinds.get(fn.id) !== 'hostBridge') this.#addRequester(fn.id, fn.bdf);
    }
  }

  /** Place of the hop record at `offset`. */
  placeOf(words: Float64Array, offset: number): number {
    const segment = words[offset + HOP.segment] ?? 0;
    if (segment < this.segmentCount) return segment;
    return this.#pathways.placeOf(segment, words[offset + HOP.address] ?? 0, words[offset + HOP.lengthBytes] ?? 0);
  }

  /** The same by the parts of a record. */
  place(segment: number, address: number, lengthBytes: number): number {
    return segment < this.segmentCount ? segment : this.#pathways.placeOf(segment, address, lengthBytes);
  }

  /** Number of the memory module at a place; −1 for anything else. */
  moduleOf(place: number): number {
    return this.#pathways.isMemory(place) ? Math.floor((place - this.segmentCount) / 2) : -1;
  }

  isLink(place: number): boolean {
    return place < this.segmentCount;
  }

  isMemory(place: number): boolean {
    return this.#pathways.isMemory(place);
  }

  /**
   * Place of a requester that is inside the host; the CPU for IDs of no function with a place. −1: it has a link.
   * @simplifies Requesters of different segments with the same bus, device and function number are drawn at one place.
   */
  requesterPlace(requesterId: number): number {
    return this.#requesters.get(requesterId) ?? this.#cpuPlace;
  }

  /** A packet at the end of this place may go on. */
  continues(place: number): boolean {
    return (this.#continues[place] ?? 0) === 1;
  }

  track(place: number): Track | undefined {
    return this.isLink(place) ? this.#pathways.segment(place) : undefined;
  }

  /** Along the outer lane of a direction of a link. */
  edge(segment: number): Track | undefined {
    return this.#pathways.edge(segment);
  }

  inner(from: number, to: number): Track | undefined {
    return this.#pathways.inner(from, to);
  }

  /** Time on the own track of a place, picoseconds; 0 where it has none. */
  travel_ps(place: number): number {
    return this.#travel_ps[place] ?? 0;
  }

  /** Time between two places; 0 where they do not meet. */
  inner_ps(from: number, to: number): number {
    const track = this.#pathways.inner(from, to);
    return track === undefined ? 0 : track.length / this.innerSpeed(from, to);
  }

  /** World units a picosecond. */
  speed(place: number): number {
    return this.#speed[place] ?? 1;
  }

  innerSpeed(from: number, to: number): number {
    return Math.min(this.speed(from), this.speed(to));
  }

  /** Time a packet's tail needs to follow its head out of a place. */
  tail_ps(place: number, bytes: number): number {
    return pitchOf(this.density, bytes, this.#lanes[place] ?? 1) / this.speed(place);
  }

  /** Length of the drawn packet. */
  length(place: number, bytes: number): number {
    return drawnLength(pitchOf(this.density, bytes, this.#lanes[place] ?? 1));
  }

  innerLength(from: number, to: number, bytes: number): number {
    const lanes = Math.min(this.#lanes[from] ?? 1, this.#lanes[to] ?? 1);
    // Ways inside the host are no wider than eight lanes.
    const isNarrow = this.innerChannel(from, to) < Math.min(this.channel(from), this.channel(to));
    return drawnLength(pitchOf(this.density, bytes, isNarrow ? Math.min(lanes, HOST_LANES) : lanes));
  }

  /** Width of one direction. */
  channel(place: number): number {
    return this.#pathways.width(place);
  }

  innerChannel(from: number, to: number): number {
    return this.#pathways.innerWidth(from, to);
  }

  /** What a memory module carries, as share of the width of ways inside the host. */
  memoryFraction(place: number, writtenPerSecond: number, readPerSecond: number): number {
    const rate = this.#pathways.isMemoryRead(place) ? readPerSecond : writtenPerSecond;
    return rate / Math.max(1, this.#pathways.moduleCount) / this.#hostBytesPerSecond;
  }

  /** Width of a packet in a channel. */
  packetWidth(channel: number): number {
    return Math.max(LEAST_WIDTH[this.density], channel - SIDE_GAP[this.density]);
  }

  /** Bytes a record's TLP takes on the wire of its place. */
  wireBytes(words: Float64Array, offset: number, place: number): number {
    const what = words[offset + HOP.what] ?? 0;
    const gen = this.#gen[place] ?? DEFAULT_GEN;
    return wireBytes(what, words[offset + HOP.address] ?? 0, words[offset + HOP.lengthBytes] ?? 0, gen);
  }

  #addRequester(node: NodeId, bdf: string | undefined): void {
    const match = /([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(bdf ?? '');
    if (match === null) return;
    const [bus, device, fn] = match.slice(1).map((digits) => Number.parseInt(digits, 16));
    const id = ((bus ?? 0) << 8) | ((device ?? 0) << 3) | (fn ?? 0);
    // Functions with a link of their own have no place inside the host.
    this.#requesters.set(id, this.#pathways.insidePlace(node) ?? -1);
  }
}

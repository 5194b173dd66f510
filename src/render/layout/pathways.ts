/*
 * The ways bytes take through a drawn machine: a track for each direction of each link, and tracks inside
 * switches and hosts from where one hop ends to where the next begins.
 *
 *   places: segments of links (link · 2 + direction), then for each memory module written and read, then what is
 *   inside the host (the CPU, integrated endpoints).
 */
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { DOWNSTREAM, UPSTREAM } from '../../core/pcie/counters.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import { channelWidth, geometryOf, type Geometry } from './geometry.ts';
import { HostWays } from './hostWays.ts';
import type { LinkShape, PlateShape, Point, Scene } from './sceneModel.ts';
import { Track } from './track.ts';

interface SegmentShape {
  readonly track: Track;
  readonly width: number;
  readonly shape: LinkShape;
  readonly direction: 0 | 1;
}

/** Distance of a way from the bus it runs on: traffic keeps right there too. */
const BUS_SIDE = { full: 8, compact: 5 } as const;
/** The same in a host, where there is less room. */
const HOST_SIDE = { full: 6, compact: 5 } as const;
const INNER_CORNER = { full: 16, compact: 9 } as const;
/** Consecutive blocks of host memory of this size lie on different channels. */
const INTERLEAVE_BYTES = 256;
/** Between a direction's outer lane and the line of its load. */
const EDGE_GAP = 2.5;
/** Width of ways inside the host. */
const HOST_WIDTH = { full: 11, compact: 6 } as const;

export class Pathways {
  /** Segments of links; memory modules and insides are places after them. */
  readonly segmentCount: number;
  readonly placeCount: number;
  readonly #geometry: Geometry;
  readonly #segments: readonly (SegmentShape | undefined)[];
  readonly #plateOfPort = new Map<NodeId, PlateShape>();
  readonly #dimmOfChannel: readonly number[];
  readonly #firstInside: number;
  readonly #host: HostWays;
  /** By from · places + to. */
  readonly #inner = new Map<number, Track | undefined>();
  readonly #edges = new Map<number, Track>();
  readonly #insides: readonly (NodeId | 'cpu')[];
  readonly #insideIndex: ReadonlyMap<NodeId | 'cpu', number>;

  constructor(scene: Scene, machine: MachineDescription, parents: ReadonlyMap<NodeId, NodeId>) {
    this.#geometry = geometryOf(scene.density);
    this.segmentCount = machine.links.length * 2;
    this.#dimmOfChannel = scene.dimms.flatMap((dimm, index) => Array.from({ length: dimm.channels }, () => index));
    this.#firstInside = this.segmentCount + scene.dimms.length * 2;
    const shapes = new Map(scene.links.map((link) => [link.upper, link]));
    const segments: (SegmentShape | undefined)[] = [];
    for (const link of machine.links) {
      const shape = shapes.get(link.upper);
      for (const direction of [DOWNSTREAM, UPSTREAM] as const) {
        segments[link.index * 2 + direction] = shape === undefined ? undefined : this.#segment(shape, direction);
      }
    }
    this.#segments = segments;
    const plates = new Map(scene.plates.map((plate) => [plate.node, plate]));
    for (const plate of scene.plates) this.#plateOfPort.set(plate.node, plate);
    for (const port of scene.ports) {
      const plate = plates.get(parents.get(port.node) ?? '');
      if (port.side === 'bottom' && plate !== undefined) this.#plateOfPort.set(port.node, plate);
    }
    this.#host = new HostWays(scene, parents, HOST_SIDE[scene.density]);
    this.#insides = this.#host.insides;
    this.#insideIndex = new Map(this.#insides.map((node, index) => [node, index]));
    this.placeCount = this.#firstInside + this.#insides.length;
  }

  /** Track of one direction of a link; undefined for segments inside the host and for links that are not drawn. */
  segment(segment: number): Track | undefined {
    return this.#segments[segment]?.track;
  }

  /** A line along the outer side of one direction of a link. */
  edge(segment: number): Track | undefined {
    const shape = this.#segments[segment];
    if (shape === undefined) return undefined;
    const known = this.#edges.get(segment);
    if (known !== undefined) return known;
    const { path, cornerRadius } = shape.shape;
    const offset = this.#geometry.directionGap / 2 + shape.width + EDGE_GAP;
    const made = Track.along(shape.direction === DOWNSTREAM ? path : path.toReversed(), cornerRadius, offset);
    this.#edges.set(segment, made);
    return made;
  }

  /** Width of one direction of a link, world units; inside the host a fixed width. */
  width(segment: number): number {
    return this.#segments[segment]?.width ?? HOST_WIDTH[this.#geometry.density];
  }

  /**
   * Place of a hop record's segment: of a link the segment itself, of host memory the module that holds the address.
   * Blocks of 256 bytes lie on the channels in turn, as in the model; an access to several of them is shown at one,
   * the next one at the next.
   * @simplifies The drawing shows one memory module for an access that the model spreads over several channels.
   */
  placeOf(segment: number, address: number, lengthBytes: number): number {
    if (segment < this.segmentCount) return segment;
    const channels = this.#dimmOfChannel;
    const module =
      channels[Math.floor(address / Math.max(INTERLEAVE_BYTES, lengthBytes)) % Math.max(1, channels.length)] ?? 0;
    return this.segmentCount + module * 2 + (segment - this.segmentCount);
  }

  /** True for places in host memory. */
  isMemory(place: number): boolean {
    return place >= this.segmentCount && place < this.#firstInside;
  }

  isMemoryRead(place: number): boolean {
    return this.isMemory(place) && (place - this.segmentCount) % 2 === 1;
  }

  /** Memory modules in the drawing. */
  get moduleCount(): number {
    return (this.#firstInside - this.segmentCount) / 2;
  }

  /** True for what is inside the host: the CPU, integrated endpoints. */
  isInside(place: number): boolean {
    return place >= this.#firstInside;
  }

  /** Place number of the CPU or a function inside the host; undefined for anything else. */
  insidePlace(node: NodeId | 'cpu'): number | undefined {
    const index = this.#insideIndex.get(node);
    return index === undefined ? undefined : this.#firstInside + index;
  }

  /** Width of what runs between two places. */
  innerWidth(from: number, to: number): number {
    const narrower = Math.min(this.width(from), this.width(to));
    return this.#endsInHost(from) ? Math.min(narrower, HOST_WIDTH[this.#geometry.density]) : narrower;
  }

  #endsInHost(place: number): boolean {
    const segment = this.#segments[place];
    return segment === undefined || !this.#plateOfPort.has(endNode(segment));
  }

  /**
   * From the end of one place to the start of another, inside a switch or the host; undefined if they do not
   * meet there. The same track is returned every time.
   */
  inner(from: number, to: number): Track | undefined {
    const key = from * this.placeCount + to;
    if (this.#inner.has(key)) return this.#inner.get(key);
    const points = this.#innerPoints(from, to);
    const track = points === undefined ? undefined : Track.along(points, INNER_CORNER[this.#geometry.density]);
    this.#inner.set(key, track);
    return track;
  }

  #segment(shape: LinkShape, direction: 0 | 1): SegmentShape {
    const geometry = this.#geometry;
    const width = channelWidth(geometry, shape.lanes);
    const path = direction === DOWNSTREAM ? shape.path : shape.path.toReversed();
    const track = Track.along(path, shape.cornerRadius, geometry.directionGap / 2 + width / 2);
    return { track, width, shape, direction };
  }

  #innerPoints(from: number, to: number): readonly Point[] | undefined {
    const enter = this.#segments[from];
    const leave = this.#segments[to];
    if (enter !== undefined && leave !== undefined) {
      const plate = this.#plateOfPort.get(endNode(enter));
      if (plate !== undefined && plate === this.#plateOfPort.get(startNode(leave)))
        return this.#throughPlate(plate, enter, leave);
    }
    return this.#host.between(this.#hostPlace(from, enter, 'from'), this.#hostPlace(to, leave, 'to'));
  }

  #hostPlace(
    place: number,
    segment: SegmentShape | undefined,
    role: 'from' | 'to',
  ): Parameters<HostWays['between']>[0] {
    if (segment !== undefined) {
      const node = role === 'from' ? endNode(segment) : startNode(segment);
      const point = role === 'from' ? endPoint(segment.track) : startPoint(segment.track);
      return { kind: 'port', node, point };
    }
    if (this.isMemory(place)) {
      const offset = place - this.segmentCount;
      return { kind: 'memory', way: offset % 2 === 0 ? 'write' : 'read', module: Math.floor(offset / 2) };
    }
    const node = this.#insides[place - this.#firstInside];
    return node === undefined ? undefined : { kind: 'inside', node };
  }

  #throughPlate(plate: PlateShape, enter: SegmentShape, leave: SegmentShape): readonly Point[] {
    const a = endPoint(enter.track);
    const b = startPoint(leave.track);
    // Going right means keeping below the bus, going left above it.
    const y = plate.bus.y + (b.x > a.x ? 1 : -1) * BUS_SIDE[this.#geometry.density];
    return [a, { x: a.x, y }, { x: b.x, y }, b];
  }
}

/** The function at whose port a segment ends, and the one where it starts. */
function endNode(segment: SegmentShape): NodeId {
  return segment.direction === DOWNSTREAM ? (segment.shape.lower ?? '') : segment.shape.upper;
}

function startNode(segment: SegmentShape): NodeId {
  return segment.direction === DOWNSTREAM ? segment.shape.upper : (segment.shape.lower ?? '');
}

function endPoint(track: Track): Point {
  return pointOf(track, track.length);
}

function startPoint(track: Track): Point {
  return pointOf(track, 0);
}

function pointOf(track: Track, distance: number): Point {
  const at = new Float64Array(4);
  track.pointAt(distance, at);
  return { x: at[0] ?? 0, y: at[1] ?? 0 };
}

/*
 * A drawn machine as plain data, in world coordinates: at zoom 1 a world unit is a CSS pixel, x to the right,
 * y down. Centres of ports and links lie on half units, so that hairlines fall on whole pixels.
 */
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { LinkGen } from '../../core/pcie/link.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Density = 'full' | 'compact';

/** Pictures of device classes. */
export type GlyphName =
  | 'memory'
  | 'network'
  | 'drive'
  | 'gpu'
  | 'display'
  | 'engine'
  | 'usb'
  | 'storage'
  | 'audio'
  | 'bridge'
  | 'chip'
  | 'accelerator';

/** A port across the edge of its owner. `x`, `y`: where the link's centre line meets the edge. */
export interface PortShape {
  readonly node: NodeId;
  readonly x: number;
  readonly y: number;
  readonly side: 'top' | 'bottom';
  readonly rect: Rect;
  /** Lanes the port has, and how many of them carry the link (0 = nothing connected). Trained lanes are the left ones. */
  readonly lanes: number;
  readonly trained: number;
  /** Left edge of the first pin. */
  readonly pinX: number;
  /** BDF without domain 0000; empty before enumeration. */
  readonly label: string;
  readonly labelX: number;
  readonly labelY: number;
  /** Room for the label inside the owner; 0 = do not print it. */
  readonly labelWidth: number;
}

/** Where a link's figures are written: `x` is the edge near the link, the text runs away from it. */
export interface LinkLabelPlace {
  readonly x: number;
  /** Baseline of the first line. */
  readonly y: number;
  readonly side: 'right' | 'left';
  readonly width: number;
}

/** A link between two ports. The path runs from the upper port to the lower one, in horizontal and vertical runs. */
export interface LinkShape {
  readonly upper: NodeId;
  readonly lower: NodeId | undefined;
  /** Lanes that trained, one direction. */
  readonly lanes: number;
  /** Lanes both ends have beyond those that trained. */
  readonly untrained: number;
  readonly gen: LinkGen;
  readonly up: boolean;
  /** Chips half way that receive and send the signal again. */
  readonly retimers: number;
  readonly path: readonly Point[];
  readonly cornerRadius: number;
  readonly label: LinkLabelPlace;
  /** The link above a switch: its label is worth showing while idle. */
  readonly isUplink: boolean;
}

/** A connection without lanes of its own: an integrated endpoint, a conventional bus. */
export interface StubShape {
  readonly upper: NodeId;
  readonly lower: NodeId;
  readonly path: readonly Point[];
  readonly cornerRadius: number;
}

/** The bus inside a switch or bridge. */
export interface BusShape {
  readonly y: number;
  readonly fromX: number;
  readonly toX: number;
  /** `bus 02`; empty before enumeration. */
  readonly label: string;
  /** Where the owner's ports and stubs meet it. */
  readonly taps: readonly number[];
}

/** A switch or a bridge to a conventional bus. */
export interface PlateShape {
  /** The upstream port or the bridge function. */
  readonly node: NodeId;
  readonly kind: 'switch' | 'bridge';
  readonly rect: Rect;
  readonly title: string;
  readonly subtitle: string;
  /** At the right: `cut-through 105 ns`. */
  readonly note: string;
  readonly upstreamX: number;
  readonly bus: BusShape;
  readonly chips: readonly ChipShape[];
}

/** A device, one physical card whatever its number of functions. */
export interface CardShape {
  /** Function 0. */
  readonly node: NodeId;
  /** All functions, function 0 first. */
  readonly members: readonly NodeId[];
  readonly rect: Rect;
  readonly kind: 'device' | 'quiet';
  readonly glyph: GlyphName;
  readonly name: string;
  readonly bdf: string;
  readonly lines: readonly [string, string];
  /** A switch or bridge that stands for all below it. */
  readonly folded: boolean;
  /** Size of the memory others can write; 0 = none. */
  readonly memoryBytes: number;
  /** Link centre line. */
  readonly portX: number;
}

/** A slot nothing is plugged into. */
export interface SlotShape {
  readonly port: NodeId;
  readonly rect: Rect;
  readonly lines: readonly [string, string];
}

/** Functions inside the host or beside a switch's upstream port: an engine, or a collapsed stack. */
export interface ChipShape {
  readonly node: NodeId;
  readonly members: readonly NodeId[];
  readonly rect: Rect;
  readonly kind: 'engine' | 'stack';
  readonly name: string;
  readonly bdf: string;
}

export interface RootComplexSection {
  readonly hostBridge: NodeId;
  readonly rect: Rect;
  readonly title: string;
  /** `0000:00` */
  readonly busLabel: string;
  readonly gate: Rect;
  readonly chips: readonly ChipShape[];
}

export interface MemorySection {
  readonly rect: Rect;
  readonly lines: readonly [string, string];
}

/** One socket: cores, its root complexes, and the memory controller on the first socket. */
export interface HostShape {
  readonly numaNode: number;
  readonly rect: Rect;
  readonly cpu: {
    readonly rect: Rect;
    readonly title: string;
    readonly subtitle: string;
    /** One box a core, or for many cores a few. */
    readonly boxes: readonly Rect[];
  };
  readonly sections: readonly RootComplexSection[];
  readonly memory: MemorySection | undefined;
  /** Height at which bytes run across the plate: to memory, to the cores, between ports. */
  readonly crossingY: number;
  /** Where lines to the DIMMs turn upwards, near the right edge. */
  readonly riserX: number;
}

export interface DimmShape {
  readonly rect: Rect;
  readonly label: string;
  /** Memory channels this drawing stands for. */
  readonly channels: number;
  /** The two lines from the host: `write` to memory, `read` from it. */
  readonly bus: { readonly fromX: number; readonly writeY: number; readonly readY: number };
}

/** One thing the keyboard can reach. */
export interface TreeItem {
  readonly id: string;
  /** What selecting it means; undefined = nothing (memory). */
  readonly node: NodeId | undefined;
  readonly parent: string | undefined;
  readonly level: number;
  readonly index: number;
  readonly siblings: number;
  readonly children: readonly string[];
  readonly rect: Rect;
  readonly shape: 'plate' | 'card' | 'port' | 'chip' | 'dimm';
  readonly label: string;
  /** Stands for a subtree that could be shown. */
  readonly collapsed?: boolean;
}

export interface Scene {
  readonly density: Density;
  /** How it was drawn, as a text to compare. */
  readonly style: string;
  readonly bounds: Rect;
  readonly hosts: readonly HostShape[];
  readonly plates: readonly PlateShape[];
  readonly cards: readonly CardShape[];
  readonly slots: readonly SlotShape[];
  readonly ports: readonly PortShape[];
  readonly links: readonly LinkShape[];
  readonly stubs: readonly StubShape[];
  readonly dimms: readonly DimmShape[];
  /** Lines between sockets. */
  readonly interconnects: readonly (readonly Point[])[];
  /** In reading order: parents before children. */
  readonly tree: readonly TreeItem[];
  /** Tree item that shows a function or host bridge; members of a stack share one. */
  readonly itemOfNode: ReadonlyMap<NodeId, string>;
}

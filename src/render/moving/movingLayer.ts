/*
 * Everything that moves, on one canvas: packets while they can be told apart, flow bands where they cannot.
 * Fed by hop records and counters; the picture is a function of the clock, so a paused machine stands still.
 */
import type { ZoomTransform } from 'd3-zoom';
import { LINK_COUNTER, LINK_COUNTER_COUNT } from '../../core/pcie/counters.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import type { Scene } from '../layout/sceneModel.ts';
import type { LiveFigures } from '../live/liveFigures.ts';
import { BandPainter } from './bands.ts';
import { FlowStats } from './flowStats.ts';
import { LoadEdges } from './loadEdges.ts';
import { PacketPainter } from './packets.ts';
import { PacketStore } from './packetStore.ts';
import { readColours, type MovingColours } from './tokens.ts';
import { PathPainter } from './pathPainter.ts';
import type { ScenePath } from './scenePath.ts';
import { ViewModes } from './viewModes.ts';
import { Ways } from './ways.ts';

/** More records than this in a frame are a stream: packets could not be told apart, and only shares are taken. */
const STREAM_RECORDS = 4000;
/** Of a stream every eighth TLP is enough to say whose bytes they are. */
const STREAM_SAMPLE = 8;

const LONGEST_FRAME_MS = 100;
const LONGEST_RUN_OUT_PS = 20e6;

/**
 * A machine that may be taken to another instant says so: what was in flight before is not. It can say once more what
 * is in flight now.
 */
type SourceView = MachineView & { readonly jumps?: number; readonly again?: () => void };

interface Source {
  readonly ways: Ways;
  readonly store: PacketStore;
  readonly stats: FlowStats;
  readonly modes: ViewModes;
  readonly packets: PacketPainter;
  readonly bands: BandPainter;
  readonly edges: LoadEdges;
  readonly dllps: Float64Array;
}

export class MovingLayer {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  #colours: MovingColours;
  #view: SourceView | undefined;
  /** Travels of the machine that are drawn. */
  #jumps = 0;
  #machine: MachineDescription | undefined;
  #source: Source | undefined;
  #scene: Scene | undefined;
  readonly #path = new PathPainter();
  #reduced = false;
  /** The clock, and the instant that is drawn. */
  #clock_ps = 0;
  #now_ps = 0;
  #runOut_ps = 0;
  #speed_psPerSecond = 0;
  #last_ms = 0;
  #records = 0;
  #width = 0;
  #height = 0;
  #ratio = 1;
  #isBlank = true;
  /** Parts of packets drawn in the last frame. */
  packetCount = 0;
  readonly #visit = (words: Float64Array, offset: number): void => {
    const source = this.#source;
    this.#records += 1;
    if (source === undefined) return;
    if (this.#records > STREAM_RECORDS) {
      if ((words[offset + 7] ?? 0) % STREAM_SAMPLE === 0) source.stats.note(words, offset);
      return;
    }
    source.stats.note(words, offset);
    source.store.accept(words, offset, this.#now_ps);
  };

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    this.#colours = readColours(canvas);
  }

  /** The scene to move in; what is in flight is placed anew. */
  setScene(scene: Scene, machine: MachineDescription | undefined, document: TopologyDocument): void {
    this.#machine = machine;
    this.#scene = scene;
    if (machine === undefined) {
      this.#source = undefined;
      this.#path.place(undefined, undefined);
      return;
    }
    const ways = new Ways(scene, machine, document);
    const stats = new FlowStats(ways);
    const before = this.#source;
    this.#source = {
      ways,
      stats,
      store: new PacketStore(ways),
      modes:
        before !== undefined && before.ways.placeCount === ways.placeCount
          ? before.modes
          : new ViewModes(ways.placeCount),
      packets: new PacketPainter(ways),
      bands: new BandPainter(ways, stats),
      edges: new LoadEdges(ways),
      dllps: new Float64Array(ways.segmentCount),
    };
    this.#path.place(scene, ways);
    this.#view?.again?.();
  }

  /** Other machine or other window on it. */
  setSource(machine: MachineDescription | undefined, view: SourceView | undefined): void {
    this.#view = view;
    this.#jumps = view?.jumps ?? 0;
    this.#source?.store.clear();
    if (machine !== this.#machine) this.#source = undefined;
  }

  setReducedMotion(reduced: boolean): void {
    this.#reduced = reduced;
  }

  /** Follows a transaction; undefined = none. */
  setPath(path: ScenePath | undefined): void {
    this.#path.setPath(path, this.#scene, this.#source?.ways);
  }

  /** The painter of the path, for what changes more often than it. */
  get path(): PathPainter {
    return this.#path;
  }

  readTokens(): void {
    this.#colours = readColours(this.#canvas);
  }

  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    this.#ratio = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * this.#ratio);
    this.#canvas.height = Math.round(height * this.#ratio);
  }

  /** One frame. */
  draw(now_ms: number, now_ps: number, transform: ZoomTransform, figures: LiveFigures | undefined): void {
    const context = this.#context;
    if (context === null) return;
    const jumps = this.#view?.jumps ?? 0;
    if (now_ps < this.#clock_ps || jumps !== this.#jumps) this.#source?.store.clear();
    this.#jumps = jumps;
    this.#clock_ps = now_ps;
    this.#now_ps = now_ps + this.#runOut(now_ms, figures);
    this.#drain();
    const source = this.#source;
    if (source === undefined || figures === undefined || this.#view === undefined) {
      this.#clear(context);
      return;
    }
    const { modes } = source;
    if (figures.updates !== modes.updates) {
      modes.updates = figures.updates;
      source.stats.settle(figures.ended);
      modes.choose(figures, this.#reduced);
    }
    modes.animate(now_ms);
    if (modes.showsPackets) this.#addDllps(source, this.#view);
    source.store.expire(this.#now_ps);
    this.#clear(context);
    const k = transform.k * this.#ratio;
    context.setTransform(k, 0, 0, k, transform.x * this.#ratio, transform.y * this.#ratio);
    this.#isBlank = false;
    const frame = {
      context,
      colours: this.#colours,
      zoom: transform.k,
      now_ps: this.#now_ps,
      now_ms,
      visible: {
        x: -transform.x / transform.k,
        y: -transform.y / transform.k,
        width: this.#width / transform.k,
        height: this.#height / transform.k,
      },
    };
    source.edges.draw(frame, figures);
    source.bands.draw(frame, figures, modes, this.#reduced);
    if (modes.showsPackets) source.packets.draw(frame, source.store, modes);
    this.packetCount = modes.showsPackets ? source.packets.count : 0;
    if (this.#path.hasNumbers) this.#path.drawNumbers(frame, source.ways);
    this.#path.draw(frame, this.#clock_ps);
  }

  /**
   * Packets are drawn later than they happened (packetStore.ts). When the job has ended the clock stands, and
   * what is still on its way in the drawing goes on at the last speed until it is there.
   * @returns how far the drawing is ahead of the clock, picoseconds.
   */
  #runOut(now_ms: number, figures: LiveFigures | undefined): number {
    const elapsed_ms = Math.min(LONGEST_FRAME_MS, now_ms - this.#last_ms);
    this.#last_ms = now_ms;
    if (figures === undefined || !figures.ended) {
      this.#speed_psPerSecond = figures?.speed_psPerSecond ?? 0;
      this.#runOut_ps = 0;
    } else
      this.#runOut_ps = Math.min(LONGEST_RUN_OUT_PS, this.#runOut_ps + (this.#speed_psPerSecond * elapsed_ms) / 1000);
    return this.#runOut_ps;
  }

  #clear(context: CanvasRenderingContext2D): void {
    if (this.#isBlank) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#isBlank = true;
  }

  #drain(): void {
    this.#records = 0;
    this.#view?.drainHops(this.#visit);
  }

  /**
   * DLLPs leave no records; each new one a counter shows becomes a diamond now.
   * @simplifies A DLLP is drawn at the frame in which its counter grew, not at its own picosecond.
   */
  #addDllps(source: Source, view: MachineView): void {
    for (let segment = 0; segment < source.ways.segmentCount; segment += 1) {
      const count = view.linkCounters[segment * LINK_COUNTER_COUNT + LINK_COUNTER.dllps] ?? 0;
      const before = source.dllps[segment] ?? 0;
      source.dllps[segment] = count;
      if (count > before && count - before <= 2) source.store.addDllp(segment, this.#now_ps);
    }
  }
}

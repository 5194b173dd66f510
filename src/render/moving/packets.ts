/*
 * Packets, drawn in a few batches by colour. Large enough to be seen as shapes they follow their track round
 * corners; smaller ones are plain slabs, thousands in one path. Nothing is allocated in a frame.
 */
import { AT_DX, AT_DY, AT_X, AT_Y, type Track } from '../layout/track.ts';
import type { Frame } from './frame.ts';
import { PACKET_STYLE, PACKET_STYLE_COUNT, PACKET_STYLES, type PacketStyle } from './packetStyle.ts';
import { drawNames, type PacketColumns } from './packetNames.ts';
import { PACKET_CAPACITY, type PacketStore } from './packetStore.ts';
import type { ViewModes } from './viewModes.ts';
import type { Ways } from './ways.ts';

/** A packet can be on two tracks at once, and on a third while its lead is short. */
const MOST_PIECES = PACKET_CAPACITY * 2;
/** On the screen, packets thinner than this are slabs without inner drawing. */
const SHAPES_FROM_PX = 4.5;
const NOTCH_BYTES = 24;
/** On the screen, packets this wide have their chevron. */
const CHEVRON_FROM_PX = 7;
const NOTCH_WIDTH = 1.5;
const OUTLINE = 2;
const MOST_OUTLINE = 0.28;
const REQUEST_LEAST_LENGTH = 9;
const DLLP_SIZE = 3;
/** A place that is this much a band shows no packets any more. */
const HIDDEN_FROM = 0.98;
const CORE_FRACTION = 0.28;

export class PacketPainter {
  readonly #ways: Ways;
  /** Pieces of this frame: a part of a track. */
  readonly #track: (Track | undefined)[] = Array.from({ length: MOST_PIECES });
  readonly #from = new Float64Array(MOST_PIECES);
  readonly #to = new Float64Array(MOST_PIECES);
  readonly #width = new Float32Array(MOST_PIECES);
  readonly #alpha = new Float32Array(MOST_PIECES);
  readonly #style = new Uint8Array(MOST_PIECES);
  readonly #notch = new Float32Array(MOST_PIECES);
  readonly #kind = new Int16Array(MOST_PIECES);
  readonly #columns: PacketColumns = {
    track: this.#track,
    from: this.#from,
    to: this.#to,
    width: this.#width,
    style: this.#style,
    kind: this.#kind,
    notch: this.#notch,
  };
  readonly #countOfStyle = new Int32Array(PACKET_STYLE_COUNT);
  readonly #at = new Float64Array(4);
  #count = 0;
  /** TLP_KIND of the packet whose pieces are being added. */
  #kindNow = 0;

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  /** Packets drawn in the last frame. */
  get count(): number {
    return this.#count;
  }

  draw(frame: Frame, store: PacketStore, modes: ViewModes): void {
    this.#collect(frame, store, modes);
    for (const style of PACKET_STYLES) {
      if ((this.#countOfStyle[style] ?? 0) > 0) this.#paint(frame, style);
    }
    drawNames(frame, this.#columns, this.#count);
    frame.context.globalAlpha = 1;
  }

  #collect(frame: Frame, store: PacketStore, modes: ViewModes): void {
    this.#count = 0;
    this.#countOfStyle.fill(0);
    const now_ps = frame.now_ps;
    const mask = PACKET_CAPACITY - 1;
    for (let number = store.first; number < store.end; number += 1) {
      const slot = number & mask;
      if ((store.leadStart_ps[slot] ?? 0) > now_ps) continue;
      this.#collectOne(frame, store, modes, slot);
    }
  }

  /** Adds the parts of one packet that are on the screen: on its lead, its own track, and the one after it. */
  #collectOne(frame: Frame, store: PacketStore, modes: ViewModes, slot: number): void {
    const { now_ps } = frame;
    this.#kindNow = store.kind[slot] ?? -1;
    const place = store.place[slot] ?? -1;
    const leadFrom = store.leadFrom[slot] ?? -1;
    const start_ps = store.start_ps[slot] ?? 0;
    if (leadFrom >= 0) {
      const from_ps = store.leadStart_ps[slot] ?? 0;
      const share = (now_ps - from_ps) / Math.max(1, start_ps - from_ps);
      this.#addInner(frame, modes, store, slot, leadFrom, store.leadTo[slot] ?? -1, share);
    }
    if (place < 0) return;
    if (now_ps >= start_ps) this.#addOwn(frame, modes, store, slot, place);
    const innerTo = store.innerTo[slot] ?? -1;
    const from_ps = store.innerStart_ps[slot] ?? 0;
    if (innerTo < 0 || now_ps < from_ps) return;
    const share = (now_ps - from_ps) / Math.max(1, (store.innerEnd_ps[slot] ?? 0) - from_ps);
    this.#addInner(frame, modes, store, slot, place, innerTo, share);
  }

  /** On the link: from the moment its head leaves the port until its tail has gone into the next one. */
  #addOwn(frame: Frame, modes: ViewModes, store: PacketStore, slot: number, place: number): void {
    const ways = this.#ways;
    const track = ways.track(place);
    const band = modes.band[place] ?? 0;
    if (track === undefined || band >= HIDDEN_FROM) return;
    const { now_ps } = frame;
    const goesOn = (store.innerTo[slot] ?? -1) >= 0;
    // What waits at the end of the link waits with its head at the port.
    const until_ps = goesOn ? Math.min(now_ps, store.innerStart_ps[slot] ?? 0) : ways.continues(place) ? now_ps : 0;
    const waited_ps = Math.max(0, until_ps - (store.end_ps[slot] ?? 0));
    const head = (now_ps - (store.start_ps[slot] ?? 0) - waited_ps) * ways.speed(place);
    const bytes = store.bytes[slot] ?? 0;
    const width = ways.packetWidth(ways.channel(place));
    this.#piece(frame, track, head, ways.length(place, bytes), width, store.style[slot] ?? 0, 1 - band, bytes);
  }

  /** Inside a switch or host. @param share how much of the way the head has gone, 0…1 and a little more for the tail. */
  #addInner(
    frame: Frame,
    modes: ViewModes,
    store: PacketStore,
    slot: number,
    from: number,
    to: number,
    share: number,
  ): void {
    const ways = this.#ways;
    const track = ways.inner(from, to);
    const band = modes.innerBand(from, to);
    if (track === undefined || band >= HIDDEN_FROM) return;
    const bytes = store.bytes[slot] ?? 0;
    const width = ways.packetWidth(ways.innerChannel(from, to));
    this.#piece(
      frame,
      track,
      share * track.length,
      ways.innerLength(from, to, bytes),
      width,
      store.style[slot] ?? 0,
      1 - band,
      bytes,
    );
  }

  // Numbers, not an object: this is called for every packet of every frame.
  // oxlint-disable-next-line max-params
  #piece(
    frame: Frame,
    track: Track,
    head: number,
    body: number,
    width: number,
    style: number,
    alpha: number,
    bytes: number,
  ): void {
    const length = style === PACKET_STYLE.request ? Math.max(body, REQUEST_LEAST_LENGTH) : body;
    const from = Math.max(0, head - length);
    const to = Math.min(track.length, head);
    if (to <= from || this.#count >= MOST_PIECES) return;
    track.pointAt((from + to) / 2, this.#at);
    const x = this.#at[AT_X] ?? 0;
    const y = this.#at[AT_Y] ?? 0;
    const { visible } = frame;
    if (x < visible.x - length || x > visible.x + visible.width + length) return;
    if (y < visible.y - length || y > visible.y + visible.height + length) return;
    const index = this.#count;
    this.#count += 1;
    this.#track[index] = track;
    this.#from[index] = from;
    this.#to[index] = to;
    this.#width[index] = width;
    this.#alpha[index] = alpha;
    this.#style[index] = style;
    this.#kind[index] = this.#kindNow;
    // The header leads: its notch lies behind the front, if that end of the packet is on this track.
    const header = Math.min(length * 0.4, Math.max(4, (length * NOTCH_BYTES) / Math.max(NOTCH_BYTES, bytes)));
    this.#notch[index] = head <= track.length && head - header > from ? head - header : -1;
    this.#countOfStyle[style] = (this.#countOfStyle[style] ?? 0) + 1;
  }

  #paint(frame: Frame, style: PacketStyle): void {
    const { context, colours, zoom } = frame;
    const colour = colours.main[style];
    if (style === PACKET_STYLE.dllp) {
      this.#slabs(context, style, colour, DLLP_SIZE, zoom);
      return;
    }
    const wide = this.#widest(style) * zoom;
    if (wide < SHAPES_FROM_PX) {
      this.#slabs(context, style, colour, 0, zoom);
      return;
    }
    switch (style) {
      case PACKET_STYLE.p2p:
        this.#strokes(context, style, colour, 0, 'round');
        this.#notches(context, style, colours.wash[style], zoom);
        return;
      case PACKET_STYLE.control:
        this.#strokes(context, style, colour, 0, 'round');
        this.#notches(context, style, colours.inset, zoom);
        return;
      case PACKET_STYLE.bounce:
        this.#strokes(context, style, colour, 0, 'butt');
        this.#strokes(context, style, colours.inset, OUTLINE, 'butt');
        this.#notches(context, style, colour, zoom);
        return;
      case PACKET_STYLE.completion:
      case PACKET_STYLE.failed:
        this.#strokes(context, style, colour, 0, 'round');
        this.#strokes(context, style, colours.inset, OUTLINE - 0.25, 'round');
        this.#cores(context, style, colour);
        this.#notches(context, style, colour, zoom);
        return;
      case PACKET_STYLE.request:
        this.#strokes(context, style, colour, 0, 'round');
        this.#strokes(context, style, colours.inset, OUTLINE - 0.5, 'round');
        this.#notches(context, style, colour, zoom);
        return;
      default:
        this.#hexagons(context, style, colour);
    }
  }

  #widest(style: PacketStyle): number {
    let widest = 0;
    for (let index = 0; index < this.#count; index += 1) {
      if (this.#style[index] === style) widest = Math.max(widest, this.#width[index] ?? 0);
    }
    return widest;
  }

  /**
   * Bodies along their tracks, smaller by `inset` on every side. Round ends are part of the length. One stroke
   * for each run of packets of equal width and fade: packets of a link follow each other.
   */
  #strokes(
    context: CanvasRenderingContext2D,
    style: PacketStyle,
    colour: string,
    inset: number,
    ends: 'round' | 'butt',
  ): void {
    context.strokeStyle = colour;
    context.lineJoin = 'round';
    let openWidth = -1;
    let openAlpha = -1;
    for (let index = 0; index < this.#count; index += 1) {
      if (this.#style[index] !== style) continue;
      // Narrow packets have thin outlines, so that they stay hollow.
      const edge = Math.min(inset, (this.#width[index] ?? 0) * MOST_OUTLINE);
      const from = (this.#from[index] ?? 0) + edge;
      const to = (this.#to[index] ?? 0) - edge;
      const width = (this.#width[index] ?? 0) - 2 * edge;
      if (to <= from || width <= 0) continue;
      // A packet shorter than wide is a line across its lanes: so its corners are round too.
      const isAcross = ends === 'round' && to - from <= width;
      const lineWidth = isAcross ? to - from : width;
      const alpha = this.#alpha[index] ?? 1;
      if (lineWidth !== openWidth || alpha !== openAlpha) {
        if (openAlpha >= 0) context.stroke();
        context.beginPath();
        context.globalAlpha = alpha;
        context.lineWidth = lineWidth;
        context.lineCap = ends;
        openWidth = lineWidth;
        openAlpha = alpha;
      }
      const cap = ends === 'round' ? width / 2 : 0;
      if (isAcross) this.#across(context, index, (width - lineWidth) / 2);
      else this.#track[index]?.trace(context, from + cap, Math.max(to - cap, from + cap + 0.01));
    }
    if (openAlpha >= 0) context.stroke();
  }

  /** A line through a packet's middle, at right angles to its way. */
  #across(context: CanvasRenderingContext2D, index: number, half: number): void {
    this.#track[index]?.pointAt(((this.#from[index] ?? 0) + (this.#to[index] ?? 0)) / 2, this.#at);
    const x = this.#at[AT_X] ?? 0;
    const y = this.#at[AT_Y] ?? 0;
    const sideX = -(this.#at[AT_DY] ?? 0) * Math.max(half, 0.01);
    const sideY = (this.#at[AT_DX] ?? 0) * Math.max(half, 0.01);
    context.moveTo(x - sideX, y - sideY);
    context.lineTo(x + sideX, y + sideY);
  }

  /** A chevron behind each packet's front that points where it goes; where there is no room for one, a line across. */
  #notches(context: CanvasRenderingContext2D, style: PacketStyle, colour: string, zoom: number): void {
    context.globalAlpha = 1;
    context.beginPath();
    for (let index = 0; index < this.#count; index += 1) {
      const notch = this.#notch[index] ?? -1;
      if (this.#style[index] !== style || notch < 0) continue;
      this.#track[index]?.pointAt(notch, this.#at);
      const width = this.#width[index] ?? 0;
      const half = width / 2;
      const isPointed = width * zoom >= CHEVRON_FROM_PX;
      // Only the solid capsule has its header's end marked as well where nothing can point.
      if (!isPointed && style !== PACKET_STYLE.p2p) continue;
      const arm = isPointed ? half * 0.62 : half;
      const lead = isPointed ? half * 0.55 : 0;
      const dx = this.#at[AT_DX] ?? 0;
      const dy = this.#at[AT_DY] ?? 0;
      const x = this.#at[AT_X] ?? 0;
      const y = this.#at[AT_Y] ?? 0;
      context.moveTo(x + dy * arm, y - dx * arm);
      context.lineTo(x + dx * lead, y + dy * lead);
      context.lineTo(x - dy * arm, y + dx * arm);
    }
    context.strokeStyle = colour;
    context.lineWidth = NOTCH_WIDTH;
    context.lineCap = 'butt';
    context.stroke();
  }

  /** The core of a completion; a cross in one that failed. */
  #cores(context: CanvasRenderingContext2D, style: PacketStyle, colour: string): void {
    context.globalAlpha = 1;
    context.beginPath();
    for (let index = 0; index < this.#count; index += 1) {
      if (this.#style[index] !== style) continue;
      const from = this.#from[index] ?? 0;
      const to = this.#to[index] ?? 0;
      const inset = (to - from) * CORE_FRACTION;
      if (style === PACKET_STYLE.completion) this.#track[index]?.trace(context, from + inset, to - inset);
      else this.#cross(context, index);
    }
    context.strokeStyle = colour;
    context.lineWidth = style === PACKET_STYLE.completion ? 2.5 : 1.5;
    context.lineCap = 'round';
    context.stroke();
  }

  #cross(context: CanvasRenderingContext2D, index: number): void {
    this.#track[index]?.pointAt(((this.#from[index] ?? 0) + (this.#to[index] ?? 0)) / 2, this.#at);
    const x = this.#at[AT_X] ?? 0;
    const y = this.#at[AT_Y] ?? 0;
    const arm = (this.#width[index] ?? 0) * 0.2;
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x - arm, y + arm);
    context.lineTo(x + arm, y - arm);
  }

  #hexagons(context: CanvasRenderingContext2D, style: PacketStyle, colour: string): void {
    context.globalAlpha = 1;
    context.beginPath();
    for (let index = 0; index < this.#count; index += 1) {
      if (this.#style[index] !== style) continue;
      const half = Math.max(4, ((this.#to[index] ?? 0) - (this.#from[index] ?? 0)) / 2);
      const side = Math.min(half, (this.#width[index] ?? 0) / 2);
      this.#quad(context, index, half, side, true);
    }
    context.fillStyle = colour;
    context.fill();
  }

  /** Slabs as long and wide as the packet, or diamonds of a fixed size. */
  #slabs(context: CanvasRenderingContext2D, style: PacketStyle, colour: string, diamond: number, zoom: number): void {
    context.globalAlpha = 1;
    context.beginPath();
    for (let index = 0; index < this.#count; index += 1) {
      if (this.#style[index] !== style) continue;
      if (diamond > 0) this.#quad(context, index, diamond, diamond, true);
      else {
        const half = Math.max(0.6 / zoom, ((this.#to[index] ?? 0) - (this.#from[index] ?? 0)) / 2);
        this.#quad(context, index, half, Math.max(0.6 / zoom, (this.#width[index] ?? 0) / 2), false);
      }
    }
    context.fillStyle = colour;
    context.fill();
  }

  /** A rectangle in the direction of travel, or one with points at its ends. Filling closes it; `closePath` takes time with the length of the path. */
  #quad(context: CanvasRenderingContext2D, index: number, half: number, side: number, pointed: boolean): void {
    this.#track[index]?.pointAt(((this.#from[index] ?? 0) + (this.#to[index] ?? 0)) / 2, this.#at);
    const x = this.#at[AT_X] ?? 0;
    const y = this.#at[AT_Y] ?? 0;
    const dx = this.#at[AT_DX] ?? 0;
    const dy = this.#at[AT_DY] ?? 0;
    const sideX = -dy * side;
    const sideY = dx * side;
    const body = pointed ? Math.max(0, half - side) : half;
    context.moveTo(x - dx * body - sideX, y - dy * body - sideY);
    context.lineTo(x + dx * body - sideX, y + dy * body - sideY);
    if (pointed) context.lineTo(x + dx * half, y + dy * half);
    context.lineTo(x + dx * body + sideX, y + dy * body + sideY);
    context.lineTo(x - dx * body + sideX, y - dy * body + sideY);
    if (pointed) context.lineTo(x - dx * half, y - dy * half);
  }
}

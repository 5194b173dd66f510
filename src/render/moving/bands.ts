/*
 * Flow bands: width is rate (design, section 5). P2P solid with chevrons, bounced bytes a boxcar pattern,
 * completions two rails, everything else a plain line. A leg that waits is a dashed line. Under bands and
 * packets alike lies a wash, so that one sees at a glance which lanes are in use.
 */
import type { LiveFigures } from '../live/liveFigures.ts';
import type { Track } from '../layout/track.ts';
import { AT_DX, AT_DY, AT_X, AT_Y } from '../layout/track.ts';
import type { FlowStats } from './flowStats.ts';
import type { Frame } from './frame.ts';
import { PACKET_STYLE, PACKET_STYLE_COUNT, PACKET_STYLES, type PacketStyle } from './packetStyle.ts';
import type { ViewModes } from './viewModes.ts';
import type { Ways } from './ways.ts';

const LEAST_BAND = 1.25;
/** Less than this is not drawn at all. */
const LEAST_WIDTH = 0.04;
/** Thinner bands are plain: a pattern would not be seen. */
const PATTERN_FROM = 4;
const CHEVRON_PITCH = 40;
const CHEVRON_SIZE = 3.5;
const BOX_PITCH = 14;
/** Narrower boxcars have no inside. */
const BOX_FROM = 3;
const BOX_DASH = [8, 6];
const CAR_DASH = [9, 5];
const RAIL = 0.3;
const WAIT_DASH = [5, 4];
const WAIT_WIDTH = 1.5;
/** Host memory that carries less than this share is only read and written by software. */
const LEAST_MEMORY = 0.01;
/** Other kinds on the same way get a line of their own from this width on. */
const LEAST_SIDE = 0.6;
const NO_DASH: number[] = [];

export class BandPainter {
  readonly #ways: Ways;
  readonly #stats: FlowStats;
  readonly #at = new Float64Array(4);
  /** By place: bytes of the job have gone this way. */
  readonly #used: Uint8Array;

  constructor(ways: Ways, stats: FlowStats) {
    this.#ways = ways;
    this.#stats = stats;
    this.#used = new Uint8Array(ways.placeCount);
  }

  draw(frame: Frame, figures: LiveFigures, modes: ViewModes, reduced: boolean): void {
    const drift = reduced ? 0 : modes.drift;
    for (const { link, directions } of figures.loads) {
      for (const direction of [0, 1] as const) {
        const place = link.index * 2 + direction;
        const track = this.#ways.track(place);
        const load = directions[direction];
        if (track === undefined) continue;
        if (load.flow === 'bounce') this.#used[place] = 1;
        if (this.#used[place] === 1 && load.payloadBytesPerSecond === 0 && !figures.ended) this.#waiting(frame, track);
        if (load.tlpsPerSecond > 0) {
          const channel = this.#ways.channel(place);
          const washes = load.payloadBytesPerSecond > 0;
          this.#flow(frame, {
            track,
            channel,
            place,
            drift,
            washes,
            band: modes.band[place] ?? 0,
            fraction: load.fraction,
          });
        }
      }
    }
    this.#inner(frame, figures, modes, drift);
    frame.context.globalAlpha = 1;
  }

  #inner(frame: Frame, figures: LiveFigures, modes: ViewModes, drift: number): void {
    for (const flow of this.#stats.inner) {
      const track = this.#ways.inner(flow.from, flow.to);
      if (track === undefined) continue;
      const rated = this.#stats.rated(flow);
      const channel = this.#ways.innerChannel(flow.from, flow.to);
      const band = modes.innerBand(flow.from, flow.to);
      const load = figures.loads[rated >> 1]?.directions[(rated & 1) as 0 | 1];
      const isQuiet = this.#ways.isLink(rated)
        ? load?.payloadBytesPerSecond === 0
        : this.#ways.memoryFraction(rated, figures.memoryWritten, figures.memoryRead) < LEAST_MEMORY;
      if (isQuiet && !figures.ended && (flow.total[PACKET_STYLE.bounce] ?? 0) > 0) this.#waiting(frame, track);
      if (this.#ways.isLink(rated)) {
        if (load === undefined || load.tlpsPerSecond === 0) continue;
        const fraction = Math.min(1, (load.fraction * this.#ways.channel(rated)) / channel);
        const washes = load.payloadBytesPerSecond > 0;
        this.#shares(frame, { track, channel, place: flow.from, drift, washes, band, fraction }, flow.share, 0);
      } else if (this.#ways.isMemory(rated)) {
        const fraction = Math.min(1, this.#ways.memoryFraction(rated, figures.memoryWritten, figures.memoryRead));
        if (fraction > 0)
          this.#shares(
            frame,
            { track, channel, place: flow.from, drift, washes: false, band, fraction },
            flow.share,
            0,
          );
      }
    }
  }

  #flow(frame: Frame, way: Way): void {
    this.#shares(frame, way, this.#stats.share, way.place * PACKET_STYLE_COUNT);
  }

  /** Bands of all styles that share a way, side by side around its middle, over one wash. */
  #shares(frame: Frame, way: Way, shares: Float64Array, offset: number): void {
    const main = mainStyle(shares, offset);
    if (main === undefined || (shares[offset + main] ?? 0) * way.fraction * way.channel < LEAST_WIDTH) return;
    const { context, colours } = frame;
    context.globalAlpha = 1;
    if (way.washes && hasWash(main)) this.#stroke(context, way.track, colours.wash[main], way.channel);
    if (way.band === 0) return;
    context.globalAlpha = way.band;
    const total = way.fraction * way.channel;
    let edge = way.channel / 2;
    for (const style of PACKET_STYLES) {
      const width = (shares[offset + style] ?? 0) * total;
      if (style === main || width < LEAST_SIDE) continue;
      // What most bytes are stands in the middle; the others run along the edge.
      this.#sideStroke(context, way.track, colours.main[style], Math.max(LEAST_BAND, width), edge - width / 2);
      edge -= width + 1;
    }
    this.#band(frame, way, main, Math.max(LEAST_BAND, (shares[offset + main] ?? 0) * total));
    context.globalAlpha = 1;
  }

  #band(frame: Frame, way: Way, style: PacketStyle, width: number): void {
    const { context, colours } = frame;
    const colour = colours.main[style];
    if (style === PACKET_STYLE.completion && width >= PATTERN_FROM) this.#rails(frame, way.track, colour, width);
    else if (style === PACKET_STYLE.bounce) this.#boxcars(frame, way, colour, width);
    else {
      this.#stroke(context, way.track, colour, width);
      if (style === PACKET_STYLE.p2p && width >= PATTERN_FROM) this.#chevrons(frame, way, width);
    }
  }

  #stroke(context: CanvasRenderingContext2D, track: Track, colour: string, width: number): void {
    context.beginPath();
    track.trace(context, 0, track.length);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineCap = 'butt';
    context.lineJoin = 'round';
    context.stroke();
  }

  /** A thin band beside the middle: drawn as a chain of points moved to the side. */
  #sideStroke(context: CanvasRenderingContext2D, track: Track, colour: string, width: number, side: number): void {
    const steps = Math.max(2, Math.ceil(track.length / 6));
    context.beginPath();
    for (let step = 0; step <= steps; step += 1) {
      track.pointAt((track.length * step) / steps, this.#at);
      const x = (this.#at[AT_X] ?? 0) - (this.#at[AT_DY] ?? 0) * side;
      const y = (this.#at[AT_Y] ?? 0) + (this.#at[AT_DX] ?? 0) * side;
      if (step === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  #rails(frame: Frame, track: Track, colour: string, width: number): void {
    this.#stroke(frame.context, track, colour, width);
    this.#stroke(frame.context, track, frame.colours.inset, width * (1 - 2 * RAIL));
  }

  /** Two outer lines with bars between them; where there is no room for that, a chain of cars. */
  #boxcars(frame: Frame, way: Way, colour: string, width: number): void {
    const { context, colours } = frame;
    const isThin = width < BOX_FROM;
    if (!isThin) this.#stroke(context, way.track, colour, width);
    context.setLineDash(isThin ? CAR_DASH : BOX_DASH);
    context.lineDashOffset = -(way.drift % BOX_PITCH);
    if (isThin) this.#stroke(context, way.track, colour, width);
    else this.#stroke(context, way.track, colours.inset, Math.max(1, width - Math.min(4, width * 0.55)));
    context.setLineDash(NO_DASH);
  }

  #chevrons(frame: Frame, way: Way, width: number): void {
    const { context, colours } = frame;
    const size = Math.min(CHEVRON_SIZE, width * 0.32);
    context.beginPath();
    const first = (way.drift % CHEVRON_PITCH) + CHEVRON_PITCH / 2;
    for (let distance = first % CHEVRON_PITCH; distance < way.track.length - size; distance += CHEVRON_PITCH) {
      if (distance < size || !way.track.isStraight(distance - size, distance + size)) continue;
      way.track.pointAt(distance, this.#at);
      const dx = this.#at[AT_DX] ?? 0;
      const dy = this.#at[AT_DY] ?? 0;
      const x = (this.#at[AT_X] ?? 0) + (dx * size) / 2;
      const y = (this.#at[AT_Y] ?? 0) + (dy * size) / 2;
      context.moveTo(x - dx * size - dy * size, y - dy * size + dx * size);
      context.lineTo(x, y);
      context.lineTo(x - dx * size + dy * size, y - dy * size - dx * size);
    }
    context.strokeStyle = colours.canvas;
    context.lineWidth = 1.5;
    context.lineJoin = 'miter';
    context.stroke();
  }

  /** Bounced bytes have gone this way, and will again: the other leg has its turn. */
  #waiting(frame: Frame, track: Track): void {
    const { context, colours } = frame;
    context.setLineDash(WAIT_DASH);
    this.#stroke(context, track, colours.main[PACKET_STYLE.bounce], WAIT_WIDTH);
    context.setLineDash(NO_DASH);
  }
}

interface Way {
  readonly track: Track;
  readonly channel: number;
  readonly place: number;
  readonly drift: number;
  /** Bytes of the job go here: the channel is washed. */
  readonly washes: boolean;
  /** 0 packets … 1 band. */
  readonly band: number;
  /** Share of the channel's width. */
  readonly fraction: number;
}

/** The style with the largest share; undefined if there is none yet. */
function mainStyle(shares: Float64Array, offset: number): PacketStyle | undefined {
  let main: PacketStyle | undefined;
  let most = 0;
  for (const style of PACKET_STYLES) {
    const share = shares[offset + style] ?? 0;
    if (share > most) {
      most = share;
      main = style;
    }
  }
  return main;
}

/** Control traffic leaves the lanes as they are. */
function hasWash(style: PacketStyle): boolean {
  return style === PACKET_STYLE.p2p || style === PACKET_STYLE.bounce || style === PACKET_STYLE.completion;
}

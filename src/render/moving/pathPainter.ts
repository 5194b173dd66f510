/*
 * A followed transaction above everything that moves: its whole way as a thin line, what is behind its head in its
 * colour, the packet itself with what it is, and the numbers its stops have in the waterfall. Nothing is allocated in
 * a frame.
 */
import type { Scene } from '../layout/sceneModel.ts';
import { AT_DX, AT_DY, AT_X, AT_Y, type Track } from '../layout/track.ts';
import type { Frame } from './frame.ts';
import { planPath, type PathPiece } from './pathPlan.ts';
import type { ScenePath } from './scenePath.ts';
import type { Ways } from './ways.ts';

/** What is left of everything else. */
const DIM = 0.75;
const LEAST_LINE_PX = 2;
const DONE_SHARE = 0.45;
const AHEAD_DASH: number[] = [2, 4];
const NO_DASH: number[] = [];
const PACKET_LENGTH = 26;
const LEAST_PACKET_PX = 9;
const MARK_RADIUS_PX = 8;
const LIT_PX = 4;
const RECT_GAP_PX = 4;
const LABEL_PX = 11.5;
const LABEL_PAD_PX = 6;
const LABEL_HEIGHT_PX = 18;
/** On the screen, the pointer is on a way that is this near. */
const NEAR_PX = 7;
const PROBE_STEP = 5;

export class PathPainter {
  #path: ScenePath | undefined;
  #pieces: readonly PathPiece[] = [];
  #marks: readonly string[] = [];
  /** Numbers of links in a ledger, by segment. */
  #numbers: readonly (readonly [segment: number, text: string])[] = [];
  #lit: number | undefined;
  #at_ps: number | undefined;
  #labelWidth = 0;
  #labelText = '';
  #font = '';
  readonly #at = new Float64Array(4);

  get active(): boolean {
    return this.#path !== undefined;
  }

  get hasNumbers(): boolean {
    return this.#numbers.length > 0;
  }

  /** @param scene and ways of the drawing, once there are some. */
  setPath(path: ScenePath | undefined, scene: Scene | undefined, ways: Ways | undefined): void {
    this.#path = path;
    this.place(scene, ways);
  }

  /** The same path in another drawing. */
  place(scene: Scene | undefined, ways: Ways | undefined): void {
    this.#labelText = '';
    const path = this.#path;
    this.#pieces = path === undefined || scene === undefined || ways === undefined ? [] : planPath(path, scene, ways);
    this.#marks = this.#pieces.map((piece) => String(piece.stop + 1));
  }

  setNumbers(numbers: readonly (readonly [segment: number, text: string])[]): void {
    this.#numbers = numbers;
  }

  /** A stop is pointed at somewhere else on the page. */
  light(stop: number | undefined): void {
    this.#lit = stop;
  }

  /** The instant to show of the path; undefined = the clock's. */
  setTime(at_ps: number | undefined): void {
    this.#at_ps = at_ps;
  }

  /** The stop at a place of the world; undefined = none is near. */
  stopAt(x: number, y: number, zoom: number): number | undefined {
    let best: number | undefined;
    let bestDistance = Infinity;
    for (const piece of this.#pieces) {
      if (piece.stop < 0) continue;
      const distance = piece.track === undefined ? rectDistance(piece, x, y) : this.#distance(piece.track, x, y);
      const reach = piece.channel / 2 + NEAR_PX / zoom;
      if (distance > reach || distance >= bestDistance) continue;
      bestDistance = distance;
      best = piece.stop;
    }
    return best;
  }

  #distance(track: Track, x: number, y: number): number {
    let least = Infinity;
    for (let along = 0; along <= track.length; along += PROBE_STEP) {
      track.pointAt(along, this.#at);
      least = Math.min(least, Math.hypot((this.#at[AT_X] ?? 0) - x, (this.#at[AT_Y] ?? 0) - y));
    }
    return least;
  }

  /** Over bands and packets. @param clock_ps the machine's instant. */
  draw(frame: Frame, clock_ps: number): void {
    const path = this.#path;
    if (path === undefined || this.#pieces.length === 0) return;
    this.#dim(frame);
    const now_ps = this.#at_ps ?? clock_ps;
    for (const piece of this.#pieces) this.#way(frame, piece, now_ps);
    for (const piece of this.#pieces) if (holds(piece, now_ps)) this.#packet(frame, path, piece, now_ps);
    frame.context.setLineDash(NO_DASH);
    for (let index = 0; index < this.#pieces.length; index += 1) {
      const piece = this.#pieces[index];
      if (piece !== undefined && piece.stop >= 0)
        this.#mark(frame, piece.markX, piece.markY, this.#marks[index] ?? '', piece.stop === this.#lit);
    }
  }

  /** Numbers of a ledger at the links they are of. */
  drawNumbers(frame: Frame, ways: Ways): void {
    for (const [segment, text] of this.#numbers) {
      const track = ways.track(segment);
      if (track === undefined) continue;
      track.pointAt(track.length * 0.4, this.#at);
      this.#mark(frame, this.#at[AT_X] ?? 0, this.#at[AT_Y] ?? 0, text, false);
    }
  }

  #dim({ context, visible }: Frame): void {
    context.globalCompositeOperation = 'destination-out';
    context.globalAlpha = DIM;
    context.fillStyle = '#000';
    context.fillRect(visible.x, visible.y, visible.width, visible.height);
    context.globalCompositeOperation = 'source-over';
    context.globalAlpha = 1;
  }

  #way(frame: Frame, piece: PathPiece, now_ps: number): void {
    const { context, colours, zoom } = frame;
    const isLit = piece.stop >= 0 && piece.stop === this.#lit;
    const { track } = piece;
    if (track === undefined) {
      if (isLit || holds(piece, now_ps)) this.#frameRect(frame, piece, isLit);
      return;
    }
    if (isLit) this.#stroke(frame, track, 0, track.length, colours.text, piece.channel + LIT_PX / zoom);
    this.#stroke(frame, track, 0, track.length, colours.wash[piece.style], piece.channel);
    const head = headOf(piece, now_ps);
    const line = Math.max(LEAST_LINE_PX / zoom, piece.channel * DONE_SHARE);
    if (head > 0) this.#stroke(frame, track, 0, head, colours.main[piece.style], line);
    if (head < track.length) {
      context.setLineDash(AHEAD_DASH);
      this.#stroke(frame, track, head, track.length, colours.text, LEAST_LINE_PX / zoom);
      context.setLineDash(NO_DASH);
    }
  }

  #stroke({ context }: Frame, track: Track, from: number, to: number, colour: string, width: number): void {
    context.beginPath();
    track.trace(context, from, to);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineCap = 'butt';
    context.stroke();
  }

  #frameRect({ context, colours, zoom }: Frame, piece: PathPiece, isLit: boolean): void {
    const { rect } = piece;
    if (rect === undefined) return;
    const gap = RECT_GAP_PX / zoom;
    context.strokeStyle = isLit ? colours.text : colours.main[piece.style];
    context.lineWidth = (isLit ? 3 : 2) / zoom;
    context.strokeRect(rect.x - gap, rect.y - gap, rect.width + 2 * gap, rect.height + 2 * gap);
  }

  /** The packet at its head's place, with what it is beside it. */
  #packet(frame: Frame, path: ScenePath, piece: PathPiece, now_ps: number): void {
    const { context, colours, zoom } = frame;
    const leg = path.stops[piece.stop]?.leg === 'completion' ? (path.completion ?? path.request) : path.request;
    const { track, rect } = piece;
    if (track === undefined) {
      if (rect !== undefined) this.#label(frame, leg.label, rect.x + rect.width / 2, rect.y + rect.height / 2);
      return;
    }
    const head = Math.max(headOf(piece, now_ps), 1);
    const width = Math.max(LEAST_PACKET_PX / zoom, piece.channel);
    const from = Math.max(0, head - PACKET_LENGTH);
    context.lineCap = 'round';
    context.beginPath();
    track.trace(context, Math.min(from + width / 2, head), Math.max(head - width / 2, from + 0.1));
    context.strokeStyle = colours.text;
    context.lineWidth = width + LIT_PX / zoom;
    context.stroke();
    context.strokeStyle = colours.main[piece.style];
    context.lineWidth = width;
    context.stroke();
    context.lineCap = 'butt';
    track.pointAt(head, this.#at);
    this.#arrow(frame, width);
    const aside = width / 2 + (LABEL_PAD_PX + LABEL_HEIGHT_PX) / zoom;
    const x = this.#at[AT_X] ?? 0;
    const y = this.#at[AT_Y] ?? 0;
    // Beside a way up or down, above one along.
    const isUpright = Math.abs(this.#at[AT_DY] ?? 0) > 0.5;
    this.#measure(frame, leg.label);
    const half = this.#labelWidth / 2 / zoom;
    this.#label(frame, leg.label, isUpright ? x + aside + half - LABEL_HEIGHT_PX / zoom : x, isUpright ? y : y - aside);
  }

  /** Where it goes: a point at its front. */
  #arrow({ context, colours }: Frame, width: number): void {
    const dx = this.#at[AT_DX] ?? 0;
    const dy = this.#at[AT_DY] ?? 0;
    const x = (this.#at[AT_X] ?? 0) - dx * width * 0.35;
    const y = (this.#at[AT_Y] ?? 0) - dy * width * 0.35;
    const arm = width * 0.28;
    context.beginPath();
    context.moveTo(x - dx * arm - dy * arm, y - dy * arm + dx * arm);
    context.lineTo(x, y);
    context.lineTo(x - dx * arm + dy * arm, y - dy * arm - dx * arm);
    context.strokeStyle = colours.canvas;
    context.lineWidth = width * 0.14;
    context.stroke();
  }

  #measure({ context, colours }: Frame, text: string): void {
    if (text === this.#labelText) return;
    this.#labelText = text;
    this.#font = `500 ${LABEL_PX}px ${colours.sans}`;
    context.font = this.#font;
    this.#labelWidth = context.measureText(text).width + 2 * LABEL_PAD_PX;
  }

  /** A word around a place, at the size of the screen. */
  #label(frame: Frame, text: string, x: number, y: number): void {
    const { context, colours, zoom } = frame;
    this.#measure(frame, text);
    context.save();
    context.translate(x, y);
    context.scale(1 / zoom, 1 / zoom);
    context.fillStyle = colours.inverse;
    context.fillRect(-this.#labelWidth / 2, -LABEL_HEIGHT_PX / 2, this.#labelWidth, LABEL_HEIGHT_PX);
    context.fillStyle = colours.inverseInk;
    context.font = this.#font;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(text, 0, 0.5);
    context.restore();
  }

  #mark({ context, colours, zoom }: Frame, x: number, y: number, text: string, isLit: boolean): void {
    context.save();
    context.translate(x, y);
    context.scale(1 / zoom, 1 / zoom);
    context.beginPath();
    context.arc(0, 0, MARK_RADIUS_PX, 0, 2 * Math.PI);
    context.fillStyle = isLit ? colours.inverse : colours.canvas;
    context.fill();
    context.strokeStyle = colours.text;
    context.lineWidth = 1.5;
    context.stroke();
    context.fillStyle = isLit ? colours.inverseInk : colours.text;
    context.font = colours.markFont;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(text, 0, 0.5);
    context.restore();
  }
}

function holds(piece: PathPiece, now_ps: number): boolean {
  return piece.stop >= 0 && now_ps >= piece.from_ps && now_ps < piece.to_ps;
}

/** How far the head has come on a piece. */
function headOf(piece: PathPiece, now_ps: number): number {
  const length = piece.track?.length ?? 0;
  if (now_ps < piece.from_ps) return 0;
  if (now_ps >= piece.to_ps) return length;
  return (length * (now_ps - piece.from_ps)) / (piece.to_ps - piece.from_ps);
}

function rectDistance({ rect }: PathPiece, x: number, y: number): number {
  if (rect === undefined) return Infinity;
  const outsideX = Math.max(rect.x - x, 0, x - rect.x - rect.width);
  const outsideY = Math.max(rect.y - y, 0, y - rect.y - rect.height);
  // Under the pointer, but a way that crosses it is nearer.
  return Math.hypot(outsideX, outsideY) + 1;
}

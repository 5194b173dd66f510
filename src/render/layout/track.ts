/*
 * A way things move along: horizontal and vertical runs with rounded corners, measured by distance from its
 * start. Built once, then asked thousands of times a frame: nothing here allocates after construction.
 */
import type { Point } from './sceneModel.ts';

/** What a track can be drawn into: a canvas context or a Path2D. */
export interface PathSink {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  arc(x: number, y: number, radius: number, startAngle: number, endAngle: number, counterclockwise?: boolean): void;
}

/*
 * Float64Array, 9 words a piece:
 * start distance, length, x, y of the start, then for a line dx, dy, 0, 0, 0;
 * for an arc centre x, centre y, radius, start angle, signed sweep.
 */
const PIECE_WORDS = 9;
const START = 0;
const LENGTH = 1;
const X = 2;
const Y = 3;
const DX = 4;
const DY = 5;
const CENTRE_X = 4;
const CENTRE_Y = 5;
const RADIUS = 6;
const ANGLE = 7;
const SWEEP = 8;

const HALF_TURN_FRACTION = 0.5;
const RIGHT_ANGLE = Math.PI / 2;

/** Indices of what `pointAt` writes. */
export const AT_X = 0;
export const AT_Y = 1;
/** Unit vector of travel. */
export const AT_DX = 2;
export const AT_DY = 3;

interface Run {
  readonly from: Point;
  readonly to: Point;
  readonly dx: number;
  readonly dy: number;
  readonly length: number;
}

/** Points without repeats and without points in the middle of a straight run. */
export function simplified(points: readonly Point[]): readonly Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (last !== undefined && last.x === point.x && last.y === point.y) continue;
    const before = kept.at(-2);
    const onLine =
      before !== undefined &&
      last !== undefined &&
      ((before.x === last.x && last.x === point.x) || (before.y === last.y && last.y === point.y));
    if (onLine) kept.pop();
    kept.push(point);
  }
  return kept;
}

/**
 * The polyline moved sideways, to the right of travel for positive `offset` (y points down).
 * @param points runs at right angles, simplified.
 */
export function offsetPoints(points: readonly Point[], offset: number): readonly Point[] {
  const runs = runsOf(points);
  return points.map((point, index) => {
    const before = runs[index - 1];
    const after = runs[index];
    const normals = [before, after].filter((run) => run !== undefined);
    // The normals of two runs at a corner are at right angles: moving along both meets both moved runs.
    return {
      x: point.x - normals.reduce((sum, run) => sum + run.dy, 0) * offset,
      y: point.y + normals.reduce((sum, run) => sum + run.dx, 0) * offset,
    };
  });
}

function runsOf(points: readonly Point[]): readonly Run[] {
  return points.slice(1).map((to, index) => {
    const from = points[index] ?? to;
    const length = Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
    return { from, to, dx: Math.sign(to.x - from.x), dy: Math.sign(to.y - from.y), length };
  });
}

export class Track {
  readonly length: number;
  readonly #pieces: Float64Array;
  readonly #count: number;

  private constructor(pieces: readonly number[]) {
    this.#pieces = Float64Array.from(pieces);
    this.#count = pieces.length / PIECE_WORDS;
    const last = (this.#count - 1) * PIECE_WORDS;
    this.length = this.#count === 0 ? 0 : this.#word(last + START) + this.#word(last + LENGTH);
  }

  /**
   * @param points at least two; runs at right angles.
   * @param radius of the corners of the centre line. @param offset sideways, to the right of travel:
   * corners to the right get tighter, to the left wider, so that parallel tracks stay parallel.
   */
  static along(points: readonly Point[], radius: number, offset = 0): Track {
    const centre = simplified(points);
    const runs = runsOf(offsetPoints(centre, offset));
    const centreRuns = runsOf(centre);
    const pieces: number[] = [];
    let distance = 0;
    let cut = 0;
    const add = (length: number, words: readonly number[]): void => {
      pieces.push(distance, length, ...words);
      distance += length;
    };
    runs.forEach((run, index) => {
      const next = runs[index + 1];
      const turn = next === undefined ? 0 : Math.sign(run.dx * next.dy - run.dy * next.dx);
      const most = cornerLimit(centreRuns, index);
      const corner = turn === 0 ? 0 : Math.max(0, Math.min(radius, most) - turn * offset);
      const room = Math.min(corner, Math.max(0, run.length - cut), next?.length ?? 0);
      const straight = Math.max(0, run.length - cut - room);
      const x = run.from.x + run.dx * cut;
      const y = run.from.y + run.dy * cut;
      // A run that its corners use up leaves no piece, but a track is never empty.
      if (straight > 0 || (next === undefined && pieces.length === 0)) add(straight, [x, y, run.dx, run.dy, 0, 0, 0]);
      if (room > 0) {
        const startX = x + run.dx * straight;
        const startY = y + run.dy * straight;
        const centreX = startX - run.dy * turn * room;
        const centreY = startY + run.dx * turn * room;
        const angle = Math.atan2(startY - centreY, startX - centreX);
        add(room * RIGHT_ANGLE, [startX, startY, centreX, centreY, room, angle, turn * RIGHT_ANGLE]);
      }
      cut = room;
    });
    return new Track(pieces);
  }

  /** Place and direction at a distance, into `out` (4 words). Distances outside the track give its ends. */
  pointAt(distance: number, out: Float64Array): void {
    const piece = this.#pieceAt(distance);
    const along = Math.min(Math.max(0, distance - this.#word(piece + START)), this.#word(piece + LENGTH));
    const radius = this.#word(piece + RADIUS);
    if (radius === 0) {
      const dx = this.#word(piece + DX);
      const dy = this.#word(piece + DY);
      out[AT_X] = this.#word(piece + X) + dx * along;
      out[AT_Y] = this.#word(piece + Y) + dy * along;
      out[AT_DX] = dx;
      out[AT_DY] = dy;
      return;
    }
    const sweep = this.#word(piece + SWEEP);
    const angle = this.#word(piece + ANGLE) + (sweep * along) / this.#word(piece + LENGTH);
    const turn = Math.sign(sweep);
    out[AT_X] = this.#word(piece + CENTRE_X) + Math.cos(angle) * radius;
    out[AT_Y] = this.#word(piece + CENTRE_Y) + Math.sin(angle) * radius;
    out[AT_DX] = -Math.sin(angle) * turn;
    out[AT_DY] = Math.cos(angle) * turn;
  }

  /** True if both distances are on the same straight run. */
  isStraight(from: number, to: number): boolean {
    const piece = this.#pieceAt(from);
    return this.#word(piece + RADIUS) === 0 && to <= this.#word(piece + START) + this.#word(piece + LENGTH);
  }

  /** Adds the part between two distances to a path. */
  trace(sink: PathSink, from: number, to: number): void {
    const start = Math.max(0, from);
    const end = Math.min(to, this.length);
    if (end <= start) return;
    let piece = this.#pieceAt(start);
    let isFirst = true;
    for (; piece < this.#count * PIECE_WORDS; piece += PIECE_WORDS) {
      const pieceStart = this.#word(piece + START);
      if (pieceStart >= end) break;
      const a = Math.max(0, start - pieceStart);
      const b = Math.min(this.#word(piece + LENGTH), end - pieceStart);
      this.#tracePiece(sink, piece, a, b, isFirst);
      isFirst = false;
    }
  }

  /** The whole track as SVG path data. */
  toSvg(): string {
    const writer = new SvgPathWriter();
    this.trace(writer, 0, this.length);
    return writer.text;
  }

  #tracePiece(sink: PathSink, piece: number, a: number, b: number, isFirst: boolean): void {
    const radius = this.#word(piece + RADIUS);
    if (radius === 0) {
      const x = this.#word(piece + X);
      const y = this.#word(piece + Y);
      const dx = this.#word(piece + DX);
      const dy = this.#word(piece + DY);
      if (isFirst) sink.moveTo(x + dx * a, y + dy * a);
      sink.lineTo(x + dx * b, y + dy * b);
      return;
    }
    const perLength = this.#word(piece + SWEEP) / this.#word(piece + LENGTH);
    const from = this.#word(piece + ANGLE) + perLength * a;
    const to = this.#word(piece + ANGLE) + perLength * b;
    const x = this.#word(piece + CENTRE_X);
    const y = this.#word(piece + CENTRE_Y);
    if (isFirst) sink.moveTo(x + Math.cos(from) * radius, y + Math.sin(from) * radius);
    sink.arc(x, y, radius, from, to, perLength < 0);
  }

  #pieceAt(distance: number): number {
    let piece = 0;
    const last = (this.#count - 1) * PIECE_WORDS;
    while (piece < last && distance >= this.#word(piece + START) + this.#word(piece + LENGTH)) piece += PIECE_WORDS;
    return piece;
  }

  #word(index: number): number {
    return this.#pieces[index] ?? 0;
  }
}

/** Two corners share a run between them; at the ends a corner may use all of it. */
function cornerLimit(runs: readonly Run[], index: number): number {
  const before = runs[index]?.length ?? 0;
  const after = runs[index + 1]?.length ?? 0;
  const first = index === 0 ? before : before * HALF_TURN_FRACTION;
  const second = index + 2 === runs.length ? after : after * HALF_TURN_FRACTION;
  return Math.min(first, second);
}

class SvgPathWriter implements PathSink {
  text = '';

  moveTo(x: number, y: number): void {
    this.text += `M${round(x)} ${round(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.text += `L${round(x)} ${round(y)}`;
  }

  arc(x: number, y: number, radius: number, _startAngle: number, endAngle: number, counterclockwise?: boolean): void {
    const endX = round(x + Math.cos(endAngle) * radius);
    const endY = round(y + Math.sin(endAngle) * radius);
    this.text += `A${round(radius)} ${round(radius)} 0 0 ${counterclockwise === true ? 0 : 1} ${endX} ${endY}`;
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

import { describe, expect, it } from 'vitest';
import { FLOW, TLP_KIND } from '../../core/pcie/tlp.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { benchDescription } from '../benchMachine.ts';
import { layoutMachine } from '../layout/layoutMachine.ts';
import { AT_X, AT_Y, type Track } from '../layout/track.ts';
import { PathPainter } from './pathPainter.ts';
import { planPath, type PathPiece } from './pathPlan.ts';
import type { PathStop, ScenePath } from './scenePath.ts';
import { Ways } from './ways.ts';

const machine = benchDescription(defaultMachine);
const scene = layoutMachine(defaultMachine, machine, { density: 'full', width: 1048, height: 652 });
const ways = new Ways(scene, machine, defaultMachine);

const link = (upper: string): number => machine.links.find((candidate) => candidate.upper === upper)?.index ?? -1;
const UP_NIC = link('sw0-p1') * 2 + 1;
const DOWN_NIC = link('sw0-p1') * 2;
const UP_SWITCH = link('rp0') * 2 + 1;
const DOWN_SWITCH = link('rp0') * 2;
const MEMORY_READ = machine.links.length * 2 + 1;
const NIC_ID = 4 << 8;

/** Stops one after the other, each ten picoseconds long. */
function path(stops: readonly Partial<PathStop>[]): ScenePath {
  return {
    request: { label: 'MRd 256 B', what: TLP_KIND.MRd | (1 << 8) | (FLOW.bounceOut << 16) },
    completion: { label: 'CplD 256 B', what: TLP_KIND.CplD | (2 << 8) | (FLOW.bounceOut << 16) },
    requester: NIC_ID,
    stops: stops.map((stop, index) => ({
      at: 'link',
      leg: 'request',
      segment: UP_NIC,
      address: 0x1_0000_0000,
      lengthBytes: 256,
      node: undefined,
      from_ps: index * 10,
      to_ps: (index + 1) * 10,
      ...stop,
    })),
  };
}

/** A read of host memory by the NIC, and its completion. */
const read = path([
  { at: 'link', segment: UP_NIC },
  { at: 'inside', segment: UP_NIC },
  { at: 'link', segment: UP_SWITCH },
  { at: 'inside', segment: UP_SWITCH },
  { at: 'memory', segment: MEMORY_READ },
  { at: 'turn', segment: MEMORY_READ },
  { at: 'link', segment: DOWN_SWITCH, leg: 'completion' },
  { at: 'inside', segment: DOWN_SWITCH, leg: 'completion' },
  { at: 'link', segment: DOWN_NIC, leg: 'completion' },
]);

function point(track: Track, distance: number): readonly [number, number] {
  const at = new Float64Array(4);
  track.pointAt(distance, at);
  return [at[AT_X] ?? 0, at[AT_Y] ?? 0];
}

function middle({ track }: PathPiece): readonly [number, number] {
  if (track === undefined) throw new Error('no track');
  return point(track, track.length / 2);
}

describe('the pieces of a path', () => {
  const pieces = planPath(read, scene, ways);

  it('are one for each stop, on tracks but for the memory itself', () => {
    expect(pieces.map((piece) => piece.stop)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(pieces.filter((piece) => piece.track === undefined).map((piece) => piece.stop)).toEqual([4]);
    expect(pieces[4]?.rect).toBe(scene.dimms[0]?.rect);
  });

  it('join without a gap on the way there and on the way back', () => {
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [5, 6],
      [6, 7],
      [7, 8],
    ] as const) {
      const a = pieces[from]?.track;
      const b = pieces[to]?.track;
      if (a === undefined || b === undefined) throw new Error(`no track at ${from}`);
      const end = point(a, a.length);
      const start = point(b, 0);
      expect(Math.hypot(end[0] - start[0], end[1] - start[1]), `${from} to ${to}`).toBeLessThan(0.5);
    }
  });

  it('begin inside the host where the requester is there', () => {
    const own = planPath({ ...path([{ segment: DOWN_SWITCH }]), requester: 0 }, scene, ways);
    expect(own.map((piece) => piece.stop)).toEqual([-1, 0]);
  });
});

describe('the pointer over a path', () => {
  const painter = new PathPainter();
  painter.setPath(read, scene, ways);
  const pieces = planPath(read, scene, ways);

  it('finds the stop it is on, and tells both directions of a link apart', () => {
    for (const piece of pieces) {
      if (piece.track === undefined) continue;
      const [x, y] = middle(piece);
      expect(painter.stopAt(x, y, 1)).toBe(piece.stop);
    }
  });

  it('finds nothing far away, and nothing once no transaction is followed', () => {
    const [first] = pieces;
    if (first === undefined) throw new Error('no piece');
    const [x, y] = middle(first);
    expect(painter.stopAt(x - 300, y + 300, 1)).toBeUndefined();
    const empty = new PathPainter();
    empty.setPath(undefined, scene, ways);
    expect(empty.stopAt(x, y, 1)).toBeUndefined();
  });
});

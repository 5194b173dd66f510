/* Where the stops of a followed transaction are in a drawn machine: a track, or the rectangle of who has it. */
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { Rect, Scene } from '../layout/sceneModel.ts';
import { AT_X, AT_Y, type Track } from '../layout/track.ts';
import { styleOf, type PacketStyle } from './packetStyle.ts';
import type { PathStop, ScenePath } from './scenePath.ts';
import type { Ways } from './ways.ts';

export interface PathPiece {
  /** Number of the stop; −1 for the way from a requester inside the host to its first crossing. */
  readonly stop: number;
  readonly track: Track | undefined;
  readonly rect: Rect | undefined;
  /** Width of the way, world units. */
  readonly channel: number;
  readonly style: PacketStyle;
  readonly from_ps: number;
  readonly to_ps: number;
  /** Where its number is written. */
  readonly markX: number;
  readonly markY: number;
}

/** How far along a way its number stands: requests and answers run beside each other in opposite directions. */
const MARK_SHARE = 0.36;

function placeOf(ways: Ways, stop: PathStop): number {
  return ways.place(stop.segment, stop.address, stop.lengthBytes);
}

function rectOf(scene: Scene, node: NodeId | undefined): Rect | undefined {
  if (node === undefined) return undefined;
  return scene.tree.find((item) => item.id === scene.itemOfNode.get(node))?.rect;
}

function trackOf(ways: Ways, stops: readonly PathStop[], index: number): readonly [Track | undefined, number] {
  const stop = stops[index];
  if (stop === undefined) return [undefined, 0];
  const place = placeOf(ways, stop);
  if (stop.at === 'link') return [ways.track(place), ways.channel(place)];
  const next = stops[index + 1];
  if (stop.at === 'memory' || next === undefined) return [undefined, 0];
  const onward = placeOf(ways, next);
  const inner = place === onward ? undefined : ways.inner(place, onward);
  return [inner, inner === undefined ? 0 : ways.innerChannel(place, onward)];
}

function piece(
  stop: Pick<PathPiece, 'stop' | 'style' | 'from_ps' | 'to_ps'>,
  track: Track | undefined,
  rect: Rect | undefined,
  channel: number,
): PathPiece {
  const at = new Float64Array(4);
  track?.pointAt(track.length * MARK_SHARE, at);
  const markX = track === undefined ? (rect?.x ?? 0) : (at[AT_X] ?? 0);
  const markY = track === undefined ? (rect?.y ?? 0) : (at[AT_Y] ?? 0);
  return { ...stop, track, rect: track === undefined ? rect : undefined, channel, markX, markY };
}

/** The pieces of a path in a scene; stops that are not drawn have none. */
export function planPath(path: ScenePath, scene: Scene, ways: Ways): readonly PathPiece[] {
  const { stops } = path;
  const request = styleOf(path.request.what);
  const answer = path.completion === undefined ? request : styleOf(path.completion.what);
  const pieces: PathPiece[] = [];
  const [first] = stops;
  if (first !== undefined && first.leg === 'request') {
    const from = ways.requesterPlace(path.requester);
    const to = placeOf(ways, first);
    const track = from < 0 || from === to ? undefined : ways.inner(from, to);
    if (track !== undefined) {
      const { from_ps } = first;
      pieces.push(
        piece({ stop: -1, style: request, from_ps, to_ps: from_ps }, track, undefined, ways.innerChannel(from, to)),
      );
    }
  }
  stops.forEach((stop, index) => {
    const [track, channel] = trackOf(ways, stops, index);
    // What is inside the host and has no way of its own is at the memory module.
    const rect =
      stop.at === 'memory' ? scene.dimms[ways.moduleOf(placeOf(ways, stop))]?.rect : rectOf(scene, stop.node);
    if (track === undefined && rect === undefined) return;
    const style = stop.leg === 'completion' ? answer : request;
    pieces.push(piece({ stop: index, style, from_ps: stop.from_ps, to_ps: stop.to_ps }, track, rect, channel));
  });
  return pieces;
}

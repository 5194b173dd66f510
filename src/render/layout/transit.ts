/*
 * Ports of a host stand in the order of what they lead to, but not always above it. Connections that have
 * to move sideways run like transit lines: down, across on a track of their own, down.
 *
 *   ─┬────┬─┬─      ports in order, targets in order: tracks can always be chosen so that nothing crosses.
 *    │    │ └────┐  Those that go right: the rightmost takes the highest track.
 *    │    └────┐ │  Those that go left: the leftmost does.
 */

export interface PortWish {
  /** Where the block below wants its connection. */
  readonly targetX: number;
  /** Allowed range of the port. */
  readonly leastX: number;
  readonly mostX: number;
  /** Room the port and its text take at both sides. */
  readonly left: number;
  readonly right: number;
}

/** Ports as near their targets as order, spacing and ranges allow; on half units. Wishes are in order of `targetX`. */
export function placePorts(wishes: readonly PortWish[]): readonly number[] {
  const places = wishes.map((wish) => Math.min(Math.max(wish.targetX, wish.leastX), wish.mostX));
  // From the right: keep clear of the right neighbour; then from the left, which wins where there is no room.
  for (let index = wishes.length - 2; index >= 0; index -= 1) {
    places[index] = Math.min(places[index] ?? 0, (places[index + 1] ?? 0) - clearance(wishes, index));
  }
  for (let index = 0; index < wishes.length; index += 1) {
    const least = index === 0 ? (wishes[0]?.leastX ?? 0) : (places[index - 1] ?? 0) + clearance(wishes, index - 1);
    places[index] = Math.max(places[index] ?? 0, least);
  }
  return places.map((x) => Math.floor(x) + 0.5);
}

function clearance(wishes: readonly PortWish[], index: number): number {
  return (wishes[index]?.right ?? 0) + (wishes[index + 1]?.left ?? 0);
}

export interface Crossing {
  readonly fromX: number;
  readonly toX: number;
  /** Width of the bundle that runs here. */
  readonly width: number;
}

export interface Tracks {
  /** Depth of each connection's horizontal run below the host's edge; undefined where it goes straight down. */
  readonly depths: readonly (number | undefined)[];
  /** Depth below which everything runs straight. */
  readonly depth: number;
}

const TRACK_GAP = 10;

/** Tracks for connections in order from left to right. @param firstDepth above the first track. */
export function assignTracks(crossings: readonly Crossing[], firstDepth: number): Tracks {
  const depths: (number | undefined)[] = crossings.map(() => undefined);
  let deepest = 0;
  const run = (indices: readonly number[]): void => {
    let depth = firstDepth;
    for (const index of indices) {
      const width = crossings[index]?.width ?? 0;
      depths[index] = Math.round(depth + width / 2) + 0.5;
      depth += width + TRACK_GAP;
    }
    if (indices.length > 0) deepest = Math.max(deepest, depth - TRACK_GAP);
  };
  const indices = crossings.map((_, index) => index);
  run(indices.filter((index) => (crossings[index]?.toX ?? 0) > (crossings[index]?.fromX ?? 0)).toReversed());
  run(indices.filter((index) => (crossings[index]?.toX ?? 0) < (crossings[index]?.fromX ?? 0)));
  return { depths, depth: deepest };
}

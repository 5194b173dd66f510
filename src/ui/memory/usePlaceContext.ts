import type { MemoryDescription } from '../../engine/protocol.ts';
import type { PlaceContext } from '../../store/memoryPlaces.ts';
import { useDocument, useLane, useView } from '../model.ts';
import { nodeName } from '../names.ts';

/** What names and numbers mean where a person types a place; undefined while no machine stands. */
export function usePlaceContext(memory: MemoryDescription | undefined): PlaceContext | undefined {
  const document = useDocument((state) => state.document);
  const { machine } = useLane(useView((state) => state.lane));
  if (machine === undefined || memory === undefined) return undefined;
  return { machine, memory, nameOf: (node) => nodeName(document, node) };
}

import { useCallback } from 'react';
import type { MemoryPlace } from '../../engine/protocol.ts';
import { useModel } from '../model.ts';

/** Shows a byte of any memory in the Memory view. */
export function useGoThere(): (place: MemoryPlace) => void {
  const { view, inspect } = useModel();
  return useCallback(
    (place) => {
      // A new object even for the same place: going there again scrolls there again.
      inspect.getState().set({ memoryPlace: { memory: place.memory, offset: place.offset } });
      view.getState().set({ view: 'memory', memory: place.memory });
    },
    [view, inspect],
  );
}

/* Opens the machine of one run of a sweep, and the race in which that way runs. */
import { useCallback } from 'react';
import type { SweepResult } from '../../store/sweepStore.ts';
import { useModel } from '../model.ts';
import { pointName, type RunRef } from './sweepFigures.ts';

export function useOpenPoint(result: SweepResult): (run: RunRef) => void {
  const { documents, preferences, view } = useModel();
  return useCallback(
    ({ way, point }) => {
      const own = result.parameter.flowsFor?.(point.document, way);
      if (way !== 'p2p' && own === undefined) preferences.getState().change({ bounceWay: way });
      documents.getState().edit(`Open sweep point ${pointName(result, point.value)}`, own ?? point.document);
      view.getState().set({ view: own === undefined ? 'race' : 'flows' });
    },
    [documents, preferences, view, result],
  );
}

/* Opens the machine behind a point, and the view in which its run is looked at. */
import { useCallback } from 'react';
import { pointMachine } from '../../validation/pointMachine.ts';
import type { NumberPoint } from '../../validation/points.ts';
import { semanticsMachine } from '../../validation/semanticsMachine.ts';
import { useModel } from '../model.ts';

export function useOpenMachine(): (point: NumberPoint) => void {
  const { documents, view } = useModel();
  return useCallback(
    (point) => {
      const machine = pointMachine(point);
      if (machine === undefined) return;
      const { document, preset } = machine;
      const origin = preset === undefined ? ({ from: 'saved' } as const) : ({ from: 'preset', preset } as const);
      documents.getState().open(`Open “${document.name}”`, document, origin);
      view.getState().set({ view: machine.view });
    },
    [documents, view],
  );
}

/** Opens the machine of a worked case, with its pair in question. */
export function useOpenCase(): (id: string) => void {
  const { documents, view } = useModel();
  return useCallback(
    (id) => {
      const machine = semanticsMachine(id);
      if (machine === undefined) return;
      const { document, pair } = machine;
      documents.getState().open(`Open “${document.name}”`, document, { from: 'saved' });
      view.getState().set({ view: 'why', pair });
    },
    [documents, view],
  );
}

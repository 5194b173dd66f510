import { useMemo } from 'react';
import { machineCounter } from '../../store/metrics.ts';
import { WriterMap } from '../../store/memoryWriters.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import type { LaneId, LaneState } from '../../store/session.ts';
import { useModel } from '../model.ts';
import type { Writers } from './hexPainter.ts';
import { WriterStyles } from './writerStyles.ts';

/** Who wrote the bytes in view, as far as there are records of it. */
export function useWriters(laneId: LaneId, lane: LaneState, memory: MemoryDescription | undefined): Writers {
  const { memoryDesk } = useModel();
  const { machine, view, hops } = lane;
  return useMemo(() => {
    const map = new WriterMap();
    const styles = new WriterStyles();
    const update = (offset: number, lengthBytes: number): void => {
      if (machine === undefined || view === undefined || memory === undefined) return;
      const { marks } = memoryDesk.stacksOf(laneId, machine);
      const now_ps = machineCounter(view, 'now_ps');
      const log = hops?.log;
      if (map.update({ log, machine, memory, marks, now_ps }, offset, lengthBytes)) styles.update(map, log, machine);
    };
    return { map, styles, update };
  }, [memoryDesk, laneId, machine, view, hops, memory]);
}

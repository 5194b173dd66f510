import { useRef } from 'react';
import { machineCounter } from '../../store/metrics.ts';
import type { LaneId } from '../../store/session.ts';
import { useLane } from '../model.ts';
import { useLive } from '../widgets/Live.tsx';

/** The legs of the job as the planner states them; the one that is moving bytes now is set in full ink. */
export function LegList({ lane }: { readonly lane: LaneId }) {
  const { machine, view, instead } = useLane(lane);
  const list = useRef<HTMLOListElement>(null);
  const legs = machine?.plan.legs ?? [];
  useLive(() => {
    const active = view === undefined ? 0 : machineCounter(view, 'activeLegs');
    const running = view !== undefined && machineCounter(view, 'jobState') === 1;
    for (const [index, item] of [...(list.current?.children ?? [])].entries()) {
      const on = running && (legs.length === 1 || Math.floor(active / 2 ** index) % 2 === 1);
      item.classList.toggle('active', on);
    }
  }, 8);
  return (
    <ol className="leg-list" ref={list}>
      {legs.map((leg, index) => (
        // Legs have no identity but their order, which never changes for one plan.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={index} title={leg.sentence}>
          {legs.length > 1 ? <span className="leg-number">{index + 1}</span> : undefined}
          {leg.sentence}
        </li>
      ))}
      {instead === undefined ? undefined : <li title={instead}>{`No device DMA here: ${instead}`}</li>}
    </ol>
  );
}

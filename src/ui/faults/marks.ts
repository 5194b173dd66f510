/* What the scene marks: places that were broken, and functions that reported errors. */
import { integerText } from '../../base/format.ts';
import type { ErrorRecord, FaultSpec, PlannedFault } from '../../core/pcie/faults.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { SceneMark } from '../../render/sceneHandle.ts';
import type { Injection } from '../../store/faultLab.ts';
import { faultRow, placeOfFault } from '../../store/faultTable.ts';
import type { LaneId } from '../../store/session.ts';

/** More notices than this hide the machine. */
const MOST_MARKS = 4;

/** Faults that leave a link cut until something mends it. */
const CUTS: ReadonlySet<FaultSpec['kind']> = new Set(['linkDown', 'surpriseRemoval']);
const MENDS: ReadonlySet<FaultSpec['kind']> = new Set(['linkUp', 'hotAdd']);

function countsByNode(
  records: readonly ErrorRecord[],
): ReadonlyMap<NodeId, { count: number; severe: boolean; name: string }> {
  const counts = new Map<NodeId, { count: number; severe: boolean; name: string }>();
  for (const { node, severity, name } of records) {
    if (node === undefined || severity === 'note') continue;
    const before = counts.get(node);
    counts.set(node, {
      count: (before?.count ?? 0) + 1,
      severe: (before?.severe ?? false) || severity !== 'correctable',
      name,
    });
  }
  return counts;
}

/** The places of a lane's machine to mark, newest faults first. */
export function marksOf(
  injections: readonly Injection[],
  planned: readonly PlannedFault[],
  lane: LaneId,
  records: readonly ErrorRecord[],
): readonly SceneMark[] {
  const marks = new Map<NodeId, SceneMark>();
  const reached_ps = records.at(-1)?.at_ps ?? -1;
  const known = [
    ...planned,
    ...injections.flatMap(({ fault, lanes }) => {
      const taken = lanes.find((injected) => injected.lane === lane && injected.refused === undefined);
      return taken === undefined ? [] : [{ at_ps: taken.at_ps, fault }];
    }),
  ];
  // It has happened once there is a record of that time: a machine may have gone back to before it.
  const broken = known.filter(({ at_ps }) => at_ps <= reached_ps).toSorted((a, b) => a.at_ps - b.at_ps);
  for (const { fault } of broken) {
    const node = placeOfFault(fault);
    marks.delete(node);
    if (MENDS.has(fault.kind)) continue;
    marks.set(node, { node, text: faultRow(fault.kind).label, short: '', severe: true, cut: CUTS.has(fault.kind) });
  }
  const detectors = [...countsByNode(records)].filter(([node]) => !marks.has(node));
  const detected = detectors
    .toSorted(([, a], [, b]) => b.count - a.count)
    .map(([node, { count, severe, name }]): SceneMark => ({
      node,
      text: count === 1 ? name : `${name} ×${integerText(count)}`,
      short: `×${integerText(count)}`,
      severe,
      cut: false,
    }));
  return [...[...marks.values()].toReversed(), ...detected].slice(0, MOST_MARKS);
}

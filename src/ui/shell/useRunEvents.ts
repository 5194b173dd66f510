/*
 * What a run does, in sentences: that it goes, what a step has moved, what failed and what was broken. Pausing, ends and
 * stops say themselves where they happen (store/simulation.ts).
 */
import { useEffect } from 'react';
import { sizeText, timeScaleText } from '../../base/format.ts';
import { TLP_KIND_NAMES } from '../../core/pcie/tlp.ts';
import { frameLoop } from '../../render/frameLoop.ts';
import type { LaneErrors } from '../../store/faultLab.ts';
import { errorCount } from '../../store/metrics.ts';
import { RACE_LANES, type LaneState } from '../../store/session.ts';
import { speedAt } from '../../store/speeds.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { useModel, type PageModel } from '../model.ts';
import { segmentEnds } from '../names.ts';

const LOOK_MS = 1000;

/** The newest crossing on record: what a step has just moved. */
function newestCrossing(document: TopologyDocument, { hops, machine }: LaneState, now_ps: number): string | undefined {
  const log = hops?.log;
  if (hops === undefined || log === undefined || machine === undefined) return undefined;
  // After a step back there are later records.
  const record = hops.present(now_ps) - 1;
  if (!log.holds(record) || log.isCpuAccess(record)) return undefined;
  const cell = log.cell(record);
  const size = log.lengthBytes[cell] ?? 0;
  const name = TLP_KIND_NAMES[log.kind(record)] ?? 'TLP';
  // All the way it has come by now: a step may be of several hops.
  const way = log.hopsOf(log.serial[cell] ?? 0).filter((hop) => hop <= record);
  const ends = [way[0] ?? record, record].map((hop) => segmentEnds(document, machine, log.segment[log.cell(hop)] ?? 0));
  return `${name}${size > 0 ? ` ${sizeText(size)}` : ''} from ${ends[0]?.from ?? ''} to ${ends[1]?.to ?? ''}.`;
}

/** Says that the clock goes, and after a step what it moved. */
function followClock({ simulation, documents, announcer, preferences }: PageModel): () => void {
  const { player } = simulation;
  let steppedFrom: number | undefined;
  const end = (): number => simulation.session.lane(simulation.lanes[0] ?? 'direct').hops?.present(player.now_ps) ?? 0;
  return player.store.subscribe((now, before) => {
    if (preferences.getState().preferences.announcements === 'brief') return;
    if (now.phase === 'playing' && before.phase !== 'playing')
      announcer.say(`Running, ${timeScaleText(speedAt(now.speed))}.`);
    if (now.busy && !before.busy && now.phase === 'paused') steppedFrom = end();
    if (now.busy || !before.busy || steppedFrom === undefined) return;
    const lane = simulation.session.lane(simulation.lanes[0] ?? 'direct');
    lane.hops?.pump();
    const moved =
      end() === steppedFrom ? undefined : newestCrossing(documents.getState().document, lane, player.now_ps);
    steppedFrom = undefined;
    if (moved !== undefined) announcer.say(moved);
  });
}

/** So many records are read one by one; of more the first, and how often each kind follows. */
const READ_IN_FULL = 2;
const KINDS_NAMED = 3;

/** What to say of records that were not there before; of the same machine only. */
export function newSentences(now: LaneErrors, before: LaneErrors): readonly string[] {
  const from = now.machine === before.machine ? before.total : 0;
  const fresh = now.records.filter((record) => record.serial >= from);
  const [first] = fresh;
  if (first === undefined || fresh.length <= READ_IN_FULL) return fresh.map((record) => record.sentence);
  const counts = new Map<string, number>();
  for (const { name } of fresh.slice(1)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const kinds = [...counts].toSorted(([, a], [, b]) => b - a);
  const named = kinds.slice(0, KINDS_NAMED).map(([name, count]) => (count === 1 ? name : `${name} ${count} times`));
  const more = kinds.length > KINDS_NAMED ? `, and ${kinds.length - KINDS_NAMED} other kinds` : '';
  return [first.sentence, `Then ${named.join(', ')}${more}.`];
}

/** Says what machines record: faults that were injected, links that went down and came back, errors. */
function followErrors({ faultLab, announcer, simulation }: PageModel): () => void {
  const stopStore = faultLab.store.subscribe((now, before) => {
    // A race has the same fault in both machines: it is said once.
    const sentences = simulation.lanes.flatMap((lane) => newSentences(now.lanes[lane], before.lanes[lane]));
    for (const sentence of new Set(sentences)) announcer.say(sentence);
  });
  let last_ms = -Infinity;
  let counted = 0;
  const stopLook = frameLoop().subscribe('change', (now_ms) => {
    if (now_ms - last_ms < LOOK_MS) return;
    last_ms = now_ms;
    let count = 0;
    for (const lane of RACE_LANES) {
      const { view } = simulation.session.lane(lane);
      if (view !== undefined) count += errorCount(view);
    }
    if (count > counted) void faultLab.poll();
    counted = count;
  });
  return () => {
    stopStore();
    stopLook();
  };
}

/** Puts a run's events into the live region. */
export function useRunEvents(): void {
  const model = useModel();
  useEffect(() => followClock(model), [model]);
  useEffect(() => followErrors(model), [model]);
}

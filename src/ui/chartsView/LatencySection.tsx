import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { countText, integerText } from '../../base/format.ts';
import { PS_PER_NS } from '../../base/units.ts';
import { frameLoop } from '../../render/frameLoop.ts';
import { LatencyBars, type LatencyRow } from '../../render/charts/latencyBars.ts';
import { LatencyTally, type LatencyCounts } from '../../store/chartLatency.ts';
import type { PacketLog } from '../../store/inspectLog.ts';
import { useDocument, useModel } from '../model.ts';
import { ChartMenu } from '../charts/ChartMenu.tsx';
import type { ChartTable } from '../charts/export.ts';
import { FiguresTable } from '../charts/FiguresTable.tsx';
import { useLive } from '../widgets/Live.tsx';
import { useHandle } from '../useHandle.ts';
import type { ChartedLane } from './panels.ts';

/** Records looked at before the time is looked at, and how long that may go on in a frame. */
const RECORDS_AT_ONCE = 500;
const LONGEST_MS = 3;
const BARS_A_DECADE = 32;
/** Fewer records than this are counted before anybody has read that they are not. */
const NOTABLE_LEFT = 4000;
const TITLE = 'Latency of transactions';
const SHOW_HZ = 2;

interface LaneTally {
  readonly lane: ChartedLane;
  log: PacketLog | undefined;
  tally: LatencyTally | undefined;
}

/** Counts what is on record of the lanes, a little in every frame. */
function useTallies(lanes: readonly ChartedLane[]): readonly LaneTally[] {
  const { simulation } = useModel();
  const document = useDocument((state) => state.document);
  const tallies = useMemo(() => lanes.map((lane): LaneTally => ({ lane, log: undefined, tally: undefined })), [lanes]);
  useEffect(
    () =>
      frameLoop().subscribe('change', () => {
        for (const one of tallies) {
          const log = simulation.session.lane(one.lane.id).hops?.log;
          if (log !== one.log) {
            one.log = log;
            one.tally = log === undefined ? undefined : new LatencyTally(log, document, one.lane.machine);
          }
          const began_ms = performance.now();
          while (one.tally?.advance(RECORDS_AT_ONCE) === true && performance.now() - began_ms < LONGEST_MS);
        }
      }),
    [tallies, simulation, document],
  );
  return tallies;
}

function rowOf(lane: ChartedLane, what: string, hollow: boolean, counts: LatencyCounts): LatencyRow {
  return {
    label: `${lane.name}, ${what}`,
    flow: lane.flow,
    hollow,
    total: counts.total,
    bars: counts.bars(BARS_A_DECADE),
    median_ps: counts.quantile(0.5),
    p99_ps: counts.quantile(0.99),
  };
}

function rowsOf(tallies: readonly LaneTally[]): readonly LatencyRow[] {
  return tallies.flatMap(({ lane, tally }) =>
    tally === undefined
      ? []
      : [rowOf(lane, 'writes delivered', false, tally.posted), rowOf(lane, 'reads answered', true, tally.read)].filter(
          ({ total }) => total > 0,
        ),
  );
}

const nanoseconds = (duration_ps: number): number => Number((duration_ps / PS_PER_NS).toFixed(1));

/** Bars of all rows, by their edges. */
function tableOf(rows: readonly LatencyRow[]): ChartTable {
  const edges = new Map<number, number>();
  for (const { bars } of rows) for (const { from_ps, to_ps } of bars) edges.set(from_ps, to_ps);
  return {
    columns: ['From (ns)', 'To (ns)', ...rows.map(({ label }) => label)],
    rows: [...edges]
      .toSorted(([a], [b]) => a - b)
      .map(([from_ps, to_ps]) => [
        nanoseconds(from_ps),
        nanoseconds(to_ps),
        ...rows.map(({ bars }) => bars.find((bar) => bar.from_ps === from_ps)?.count ?? 0),
      ]),
  };
}

/** What the counts rest on, in words. */
function basisText(tallies: readonly LaneTally[], lost: number): string {
  const left = tallies.reduce((sum, { tally }) => sum + (tally?.left ?? 0), 0);
  const counted = tallies.reduce((sum, { tally }) => sum + (tally?.posted.total ?? 0) + (tally?.read.total ?? 0), 0);
  if (counted === 0 && left === 0) return 'Nothing has been delivered yet.';
  const reading = left > NOTABLE_LEFT ? ` ${countText(left, 'record')} still to be counted.` : '';
  const sample =
    lost === 0
      ? 'All that is on record.'
      : `A sample: ${integerText(lost)} hops came too fast to be recorded. Slow the clock down for all.`;
  return `${sample}${reading} p50 and p99 to 1 %.`;
}

/** How long transactions took, as a histogram. */
export function LatencySection({ lanes }: { readonly lanes: readonly ChartedLane[] }) {
  const { simulation } = useModel();
  const tallies = useTallies(lanes);
  const [hasTable, setHasTable] = useState(false);
  const [bars, attach] = useHandle(useCallback((container: HTMLElement) => new LatencyBars(container), []));
  const basis = useRef<HTMLParagraphElement>(null);
  useLive(() => {
    bars?.show(rowsOf(tallies));
    const lost = lanes.reduce((sum, { id }) => sum + (simulation.session.lane(id).hops?.lost ?? 0), 0);
    const text = basisText(tallies, lost);
    if (basis.current !== null && basis.current.textContent !== text) basis.current.textContent = text;
  }, SHOW_HZ);
  return (
    <section className="charts-latency" aria-label={TITLE}>
      <header className="panel-head">
        <h2>{TITLE}</h2>
        <ChartMenu
          title={TITLE}
          drawing={() => bars?.svg}
          table={() => tableOf(rowsOf(tallies))}
          hasTable={hasTable}
          onTable={() => setHasTable(!hasTable)}
        />
      </header>
      <div className="charts-bars" ref={attach} />
      <p className="charts-basis" ref={basis} />
      {hasTable ? (
        <FiguresTable
          title={TITLE}
          table={() => tableOf(rowsOf(tallies))}
          decimals={(column) => (column < 2 ? 1 : 0)}
        />
      ) : undefined}
    </section>
  );
}

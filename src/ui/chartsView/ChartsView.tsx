import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import '../styles/chartsView.css';
import { durationText } from '../../base/format.ts';
import type { ChartPanel, TimeRange } from '../../render/charts/panelData.ts';
import { Timeline } from '../../render/charts/timeline.ts';
import type { LaneId } from '../../store/session.ts';
import type { ChartedChoice } from '../../store/viewStore.ts';
import { useDocument, useModel, useSession, useView } from '../model.ts';
import { LaneTrouble } from '../race/LaneTrouble.tsx';
import { SidePanel } from '../shell/SidePanel.tsx';
import { useReducedMotion } from '../useMedia.ts';
import { SheetButton } from '../watch/WatchView.tsx';
import { FlowSwatch } from '../widgets/FlowSwatch.tsx';
import { useEvery } from '../widgets/Live.tsx';
import { Segmented } from '../widgets/Segmented.tsx';
import { ChartPanelView } from './ChartPanelView.tsx';
import { FiguresSection } from './FiguresSection.tsx';
import { LatencySection } from './LatencySection.tsx';
import { LinkChoice } from './LinkChoice.tsx';
import {
  allSegments,
  busiestSegments,
  chartedLanes,
  chartPanels,
  type ChartedLane,
  CREDIT_CHOICES,
  type CreditChoice,
} from './panels.ts';

const CHOICES: readonly { readonly value: ChartedChoice; readonly label: string }[] = [
  { value: 'direct', label: 'P2P' },
  { value: 'bounced', label: 'Bounce' },
  { value: 'both', label: 'Both' },
  { value: 'flows', label: 'Flows' },
];

const BUSIEST = 4;
const REVISE_HZ = 2;

function useLanes(): readonly ChartedLane[] {
  const choice = useView((state) => state.charted);
  const lanes = useSession((state) => state.lanes);
  return useMemo(() => {
    const wanted: readonly LaneId[] = choice === 'both' ? ['direct', 'bounced'] : [choice];
    return chartedLanes(lanes, wanted);
  }, [choice, lanes]);
}

/** Which tracks there are: when this changes, panels are laid out anew. */
function shapeOf(panels: readonly ChartPanel[]): string {
  return panels.map(({ id, tracks }) => `${id}:${tracks.map((track) => track.id).join()}`).join(' ');
}

interface Charted {
  readonly panels: readonly ChartPanel[];
  readonly segments: readonly number[];
}

/** The panels of the lanes as they are now. What has begun to be used meanwhile appears. */
function useCharted(
  lanes: readonly ChartedLane[],
  chosen: readonly number[] | undefined,
  credits: CreditChoice,
): Charted {
  const document = useDocument((state) => state.document);
  const [busiest, setBusiest] = useState<readonly number[]>([]);
  const [revision, setRevision] = useState(0);
  const segments = useMemo(() => {
    const machine = lanes[0]?.machine;
    const known = new Set(machine === undefined ? [] : allSegments(machine));
    return (chosen ?? busiest).filter((segment) => known.has(segment));
  }, [chosen, busiest, lanes]);
  const make = useCallback(
    () => chartPanels({ document, lanes, segments, credits }),
    [document, lanes, segments, credits],
  );
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the revision stands for what the series hold
  const panels = useMemo(make, [make, revision]);
  useEvery(REVISE_HZ, () => {
    const most = busiestSegments(lanes)
      .slice(0, BUSIEST)
      .toSorted((a, b) => a - b);
    if (most.join() !== busiest.join()) setBusiest(most);
    else if (shapeOf(make()) !== shapeOf(panels)) setRevision(revision + 1);
  });
  return { panels, segments };
}

interface TimelineParts {
  readonly timeline: Timeline | undefined;
  readonly stack: RefObject<HTMLDivElement | null>;
  readonly axis: RefObject<HTMLDivElement | null>;
  readonly range: TimeRange | undefined;
}

function useTimeline(lanes: readonly ChartedLane[]): TimelineParts {
  const { simulation } = useModel();
  const reduced = useReducedMotion();
  const stack = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const [timeline, setTimeline] = useState<Timeline>();
  const [range, setRange] = useState<TimeRange>();
  useEffect(() => {
    if (stack.current === null || axis.current === null) return undefined;
    const made = new Timeline(stack.current, axis.current, {
      label: 'Time cursor',
      onSeek: (at_ps) => void simulation.seek(at_ps),
      onRange: setRange,
    });
    setTimeline(made);
    return () => made.dispose();
  }, [simulation]);
  useEffect(() => timeline?.setReducedMotion(reduced), [timeline, reduced]);
  useEffect(() => {
    const { session, player } = simulation;
    const ends = (): readonly (number | undefined)[] => lanes.map(({ id }) => session.reach(id).end_ps);
    timeline?.setClock(
      () => player.now_ps,
      () => {
        let recorded_ps = 0;
        for (const { id, view } of lanes) {
          const { length } = view.series;
          const series_ps = length * view.series.bin_ps;
          recorded_ps = Math.max(recorded_ps, Math.min(series_ps, session.reach(id).end_ps ?? Infinity));
        }
        return recorded_ps;
      },
      () => lanes.length > 0 && ends().every((end_ps) => end_ps !== undefined),
    );
  }, [timeline, simulation, lanes]);
  return { timeline, stack, axis, range };
}

function RangeTools({ timeline, range }: { readonly timeline: Timeline; readonly range: TimeRange | undefined }) {
  const [zoomed, setZoomed] = useState(false);
  const zoom = (to: TimeRange | undefined): void => {
    timeline.zoom(to);
    setZoomed(to !== undefined);
  };
  return (
    <div className="charts-range">
      {range === undefined ? (
        <span className="charts-hint">Drag for a range, click to move the clock</span>
      ) : (
        <>
          <span>
            {durationText(range.from_ps)} to {durationText(range.to_ps)}, {durationText(range.to_ps - range.from_ps)}
          </span>
          <button type="button" className="button small" onClick={() => zoom(range)}>
            Zoom in
          </button>
          <button type="button" className="button small" onClick={() => timeline.clearRange()}>
            Clear
          </button>
        </>
      )}
      {zoomed ? (
        <button type="button" className="button small" onClick={() => zoom(undefined)}>
          Whole run
        </button>
      ) : undefined}
    </div>
  );
}

function Legend({ lanes }: { readonly lanes: readonly ChartedLane[] }) {
  return (
    <ul className="charts-legend" aria-label="Lines">
      {lanes.map(({ id, name }) => (
        <li key={id}>
          <FlowSwatch flow={id === 'direct' ? 'p2p' : id === 'bounced' ? 'bounce' : 'flows'} />
          {lanes.length < 2 ? name : `${name}, ${id === 'bounced' ? 'filled' : 'the thick line'}`}
        </li>
      ))}
      <li>
        {lanes.length < 2 ? 'Dotted above: the limit. Dotted over a line: highest sample' : 'Dotted above: the limit'}
      </li>
    </ul>
  );
}

interface ChartsBarProps {
  readonly lanes: readonly ChartedLane[];
  readonly segments: readonly number[];
  readonly chosen: readonly number[] | undefined;
  readonly onChoose: (chosen: readonly number[] | undefined) => void;
  readonly credits: CreditChoice;
  readonly onCredits: (credits: CreditChoice) => void;
  readonly timeline: Timeline | undefined;
  readonly range: TimeRange | undefined;
}

/** What is charted, and what is chosen in it. */
function ChartsBar(props: ChartsBarProps) {
  const { lanes, segments, chosen, onChoose, credits, onCredits, timeline, range } = props;
  const choice = useView((state) => state.charted);
  const set = useView((state) => state.set);
  return (
    <header className="charts-bar">
      <h1>Charts</h1>
      <Segmented label="Machine" options={CHOICES} value={choice} onChange={(charted) => set({ charted })} />
      <LinkChoice lanes={lanes} segments={segments} chosen={chosen} onChange={onChoose} />
      <select
        className="select small"
        aria-label="Credits shown"
        value={credits}
        onChange={(event) => {
          const next = CREDIT_CHOICES.find(({ id }) => id === event.target.value);
          if (next !== undefined) onCredits(next.id);
        }}
      >
        {CREDIT_CHOICES.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
      {timeline === undefined ? undefined : <RangeTools timeline={timeline} range={range} />}
    </header>
  );
}

/** A machine over simulated time: panels on one axis, as on an oscilloscope. */
export function ChartsView() {
  const choice = useView((state) => state.charted);
  const lanes = useLanes();
  const [chosen, setChosen] = useState<readonly number[]>();
  const [credits, setCredits] = useState<CreditChoice>('scarcest');
  const [tabled, setTabled] = useState<string>();
  const { panels, segments } = useCharted(lanes, chosen, credits);
  const { timeline, stack, axis, range } = useTimeline(lanes);
  const shown = panels.find(({ id }) => id === tabled);
  const first: LaneId = choice === 'both' ? 'direct' : choice;
  return (
    <div className="charts-view">
      <section className="charts-main" aria-label="Charts over simulated time">
        <ChartsBar
          lanes={lanes}
          segments={segments}
          chosen={chosen}
          onChoose={setChosen}
          credits={credits}
          onCredits={setCredits}
          timeline={timeline}
          range={range}
        />
        <Legend lanes={lanes} />
        <div className="charts-scroll">
          <div className="charts-stack" ref={stack}>
            {timeline === undefined
              ? undefined
              : panels.map((panel) => (
                  <ChartPanelView
                    key={panel.id}
                    timeline={timeline}
                    panel={panel}
                    hasTable={panel.id === tabled}
                    onTable={() => setTabled(panel.id === tabled ? undefined : panel.id)}
                  />
                ))}
          </div>
          <div className="charts-axis" ref={axis} />
        </div>
        <LaneTrouble lane={first} />
        <SheetButton />
      </section>
      <SidePanel label="Latency and figures">
        <div className="charts-side">
          {shown === undefined ? undefined : <FiguresSection panel={shown} onClose={() => setTabled(undefined)} />}
          <LatencySection lanes={lanes} />
        </div>
      </SidePanel>
    </div>
  );
}

import { Play, Square } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import '../styles/flows.css';
import '../styles/parameters.css';
import { percentText } from '../../base/format.ts';
import type { ThroughputTrack } from '../../render/charts/chartHandles.ts';
import { addFlows, flowsOf } from '../../store/flowEdits.ts';
import type { LaneState } from '../../store/session.ts';
import type { FlowSpec, FlowWork, TopologyDocument } from '../../topology/document.ts';
import { useDocument, useLane, useModel, usePlayer } from '../model.ts';
import { segmentName } from '../names.ts';
import { LaneTrouble } from '../race/LaneTrouble.tsx';
import { SceneView } from '../scene/SceneView.tsx';
import { ThroughputChart } from '../scene/ThroughputChart.tsx';
import { PanelEdge } from '../shell/PanelEdge.tsx';
import { SidePanel } from '../shell/SidePanel.tsx';
import { SheetButton } from '../watch/WatchView.tsx';
import { useLive } from '../widgets/Live.tsx';
import { Tabs } from '../widgets/Tabs.tsx';
import { KIND_WORDS, bottlenecksOf, limitMarks, type Bottleneck } from './bottlenecks.ts';
import { examplesFor } from './examples.ts';
import { draftOf, type FlowDraft, newDraft } from './flowDraft.ts';
import { progressOf, togetherText } from './flowFigures.ts';
import { FlowForm } from './FlowForm.tsx';
import { FlowTable } from './FlowTable.tsx';
import { LinkTable } from './LinkTable.tsx';

const PROGRESS_HZ = 10;

function Progress({ flows }: { readonly flows: readonly FlowSpec[] }) {
  const lane = useLane('flows');
  const bar = useRef<HTMLProgressElement>(null);
  useLive(() => {
    if (bar.current !== null) bar.current.value = lane.report === undefined ? progressOf(lane, flows) : 1;
  }, PROGRESS_HZ);
  return <progress ref={bar} className="flow-progress" aria-label="Bytes delivered" max={1} />;
}

/** Run to the end, stop, and what the last run said. */
function RunBar({ flows }: { readonly flows: readonly FlowSpec[] }) {
  const { simulation } = useModel();
  const phase = usePlayer((state) => state.phase);
  const { report, machine } = useLane('flows');
  const runs = phase === 'playing';
  const refused = machine?.plan.refused !== undefined;
  const run = async (): Promise<void> => {
    if (phase === 'finished') await simulation.restart();
    simulation.runToEnd();
  };
  const said = report === undefined ? undefined : report.outcome === 'finished' ? togetherText(report) : report.outcome;
  return (
    <header className="flow-run">
      <h1>Flows</h1>
      {runs ? (
        <button type="button" className="button" onClick={() => void simulation.player.pause()}>
          <Square size={13} aria-hidden="true" />
          Stop
        </button>
      ) : (
        <button
          type="button"
          className="button primary"
          disabled={flows.length === 0 || refused || phase === 'empty'}
          onClick={() => void run()}
        >
          <Play size={14} aria-hidden="true" />
          {report === undefined ? 'Run the flows' : 'Run again'}
        </button>
      )}
      <Progress flows={flows} />
      <p className="flow-said">{said}</p>
    </header>
  );
}

function EmptyState() {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  return (
    <div className="flow-empty">
      <h2>No flows yet</h2>
      <p>
        Flows are transfers, accesses of one device, or loads and stores of a core that run at the same time and get in
        each other’s way. Add one at the side, or begin with an example.
      </p>
      <ul>
        {examplesFor(document).map(({ title, note, flows }) => (
          <li key={title}>
            <button type="button" className="flow-example" onClick={() => edit(title, addFlows(document, flows))}>
              <strong>{title}</strong>
              <span>{note}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

const LABEL_ROOM_PX = 264;
const LONGEST_LABEL = 26;
const MOST_LINKS = 6;
/** Directions that carried less have no track. */
const NOTABLE_SHARE = 0.001;

function shortened(text: string): string {
  return text.length <= LONGEST_LABEL ? text : `${text.slice(0, LONGEST_LABEL - 1)}…`;
}

function flowTracks(flows: readonly FlowSpec[]): readonly ThroughputTrack[] {
  return flows.map(({ id, name, work }, index) => ({
    id,
    label: shortened(name),
    direction: undefined,
    flow: flowColour(work),
    read: (series, bin) => series.flow(bin, index + 1),
    limitBytesPerSecond: undefined,
  }));
}

function flowColour(work: FlowWork): ThroughputTrack['flow'] {
  if (work.kind === 'cpu') return 'neutral';
  if (work.kind === 'accesses') return 'completion';
  return work.way === 'p2p' ? 'p2p' : 'bounce';
}

/** Payload of the busiest link directions, once a run has said which they are. */
function linkTracks(
  document: TopologyDocument,
  { machine, report }: Pick<LaneState, 'machine' | 'report'>,
): readonly ThroughputTrack[] {
  if (machine === undefined || report === undefined) return [];
  return report.links
    .filter(({ payload }) => payload >= NOTABLE_SHARE)
    .toSorted((a, b) => b.payload - a.payload)
    .slice(0, MOST_LINKS)
    .map(({ link, direction }) => ({
      id: `link ${link} ${direction}`,
      label: shortened(segmentName(document, machine, link * 2 + direction)),
      direction: undefined,
      flow: 'neutral',
      read: (series, bin) => series.link(bin, link, direction),
      limitBytesPerSecond: machine.links[link]?.bytesPerSecond,
    }));
}

function FlowChart({ flows }: { readonly flows: readonly FlowSpec[] }) {
  const document = useDocument((state) => state.document);
  const { view, machine, report } = useLane('flows');
  const tracks = useMemo(
    () => [...flowTracks(flows), ...linkTracks(document, { machine, report })],
    [flows, document, machine, report],
  );
  return (
    <ThroughputChart
      label="Throughput of flows and links"
      variant="dock"
      view={view}
      tracks={tracks}
      labelRoomPx={LABEL_ROOM_PX}
    />
  );
}

function BottleneckList({ bottlenecks }: { readonly bottlenecks: readonly Bottleneck[] }) {
  if (bottlenecks.length === 0) {
    return <p className="flow-hint">After the run: what each flow waited for, and where in the machine that is.</p>;
  }
  return (
    <ul className="bottlenecks" aria-label="What limits">
      {bottlenecks.map(({ kind, text, flows }) => (
        <li key={text}>
          <span className="chip">{KIND_WORDS[kind]}</span>
          <strong>{text}</strong>
          <span className="quiet">{flows.map(({ name, share }) => `${name} ${percentText(share, 0)}`).join(', ')}</span>
        </li>
      ))}
    </ul>
  );
}

type DockTab = 'flows' | 'time' | 'links' | 'limits';

function FlowDock({
  flows,
  bottlenecks,
  editing,
  onEdit,
}: {
  readonly flows: readonly FlowSpec[];
  readonly bottlenecks: readonly Bottleneck[];
  readonly editing: string | undefined;
  readonly onEdit: (flow: FlowSpec) => void;
}) {
  const [tab, setTab] = useState<DockTab>('flows');
  return (
    <section className="dock flow-dock" aria-label="Flows and links">
      <PanelEdge panel="dock" label="the panel below" />
      <Tabs
        label="Flows and links"
        tabs={[
          { id: 'flows', label: 'Flows' },
          { id: 'time', label: 'Throughput over time' },
          { id: 'links', label: 'Time of the links' },
          { id: 'limits', label: 'What limits' },
        ]}
        current={tab}
        onChange={setTab}
      >
        {tab === 'flows' ? (
          <FlowTable editing={editing} onEdit={onEdit} />
        ) : tab === 'time' ? (
          <FlowChart flows={flows} />
        ) : tab === 'links' ? (
          <LinkTable />
        ) : (
          <BottleneckList bottlenecks={bottlenecks} />
        )}
      </Tabs>
    </section>
  );
}

/** Many flows at once: what they do, how fast each is, what limits it, and how every link spends its time. */
export function FlowsView() {
  const document = useDocument((state) => state.document);
  const flows = flowsOf(document);
  const { report, status, machine } = useLane('flows');
  const [draft, setDraft] = useState<FlowDraft>(() => newDraft(document));
  const bottlenecks = useMemo(() => bottlenecksOf(report), [report]);
  const marks = useMemo(() => limitMarks(document, bottlenecks), [document, bottlenecks]);
  const isTrouble = status === 'failed' || (flows.length > 0 && machine?.plan.refused !== undefined);
  const onEdit = (flow: FlowSpec): void => setDraft(draftOf(flow, document));
  return (
    <div className="flows">
      <section className="flow-map" aria-label="Bottleneck map">
        <RunBar flows={flows} />
        <div className="flow-scene">
          <SceneView lane="flows" density="compact" label="The machine, and what limits its flows" marks={marks} />
          {isTrouble ? <LaneTrouble lane="flows" brief /> : undefined}
        </div>
        <SheetButton />
      </section>
      {flows.length === 0 ? (
        <section className="dock flow-dock" aria-label="Flows and links">
          <PanelEdge panel="dock" label="the panel below" />
          <EmptyState />
        </section>
      ) : (
        <FlowDock flows={flows} bottlenecks={bottlenecks} editing={draft.id} onEdit={onEdit} />
      )}
      <SidePanel label="Flow">
        <div className="side-scroll">
          <header className="panel-head">
            <h2>{draft.id === undefined ? 'Add a flow' : 'Change a flow'}</h2>
          </header>
          <FlowForm draft={draft} onDraft={setDraft} />
        </div>
      </SidePanel>
    </div>
  );
}

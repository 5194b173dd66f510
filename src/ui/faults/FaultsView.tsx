import { useState } from 'react';
import '../styles/faults.css';
import '../styles/parameters.css';
import { NO_VALUE, rateFigure } from '../../base/format.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { arrivalRate } from '../../store/metrics.ts';
import { RACE_LANES, type LaneId } from '../../store/session.ts';
import { wayWords } from '../../store/words.ts';
import { useDocument, useFaultLab, useLane, useModel, useView } from '../model.ts';
import { LaneTrouble } from '../race/LaneTrouble.tsx';
import { SceneView } from '../scene/SceneView.tsx';
import { PanelEdge } from '../shell/PanelEdge.tsx';
import { SidePanel } from '../shell/SidePanel.tsx';
import { SheetButton } from '../watch/WatchView.tsx';
import { FlowSwatch } from '../widgets/FlowSwatch.tsx';
import { LiveText, useEvery } from '../widgets/Live.tsx';
import { Segmented } from '../widgets/Segmented.tsx';
import { Tabs } from '../widgets/Tabs.tsx';
import { AerPanel } from './AerPanel.tsx';
import { CostTable } from './CostTable.tsx';
import { ErrorLog } from './ErrorLog.tsx';
import { FIRST_FORM, type FormState } from './formState.ts';
import { FaultPanel } from './FaultPanel.tsx';
import { logRows, type SeverityFilter } from './logRows.ts';
import { marksOf } from './marks.ts';

const POLL_HZ = 4;

function LaneScene({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const { way, view, report, machine, status } = useLane(lane);
  const injections = useFaultLab((state) => state.injections);
  const records = useFaultLab((state) => state.lanes[lane].records);
  const words = wayWords(way);
  const headingId = `fault-lane-${lane}`;
  const readRate = (): string => {
    if (report !== undefined)
      return report.outcome === 'finished' ? rateFigure(report.throughputBytesPerSecond).value : NO_VALUE;
    return view === undefined ? NO_VALUE : rateFigure(arrivalRate(view, document.transfer, way)).value;
  };
  return (
    <section className="fault-lane" aria-labelledby={headingId}>
      <header className="lane-head">
        <FlowSwatch flow={way} />
        <h2 id={headingId}>{words.name}</h2>
        <p>{report === undefined ? words.path : report.outcome === 'finished' ? 'finished' : 'failed'}</p>
        <p className="lane-rate">
          <LiveText className="figure" read={readRate} />
          <span className="unit">GB/s payload</span>
        </p>
      </header>
      <div className="lane-scene">
        <SceneView
          lane={lane}
          density="compact"
          label={`${words.name}: the machine`}
          marks={marksOf(injections, document.faults ?? [], lane, records)}
        />
        {status === 'failed' || machine?.plan.refused !== undefined ? <LaneTrouble lane={lane} brief /> : undefined}
      </div>
    </section>
  );
}

type DockTab = 'errors' | 'registers' | 'cost';

const FILTERS = [
  { value: 'all', label: 'All' },
  { value: 'uncorrectable', label: 'Uncorrectable' },
  { value: 'correctable', label: 'Correctable' },
  { value: 'note', label: 'Notes' },
] as const;

function FaultDock() {
  const document = useDocument((state) => state.document);
  const selection = useView((state) => state.selection);
  const lanes = useFaultLab((state) => state.lanes);
  const [tab, setTab] = useState<DockTab>('errors');
  const [filter, setFilter] = useState<SeverityFilter>('all');
  const [picked, setPicked] = useState<string>();
  const [asked, setAsked] = useState<NodeId>();
  const [lane, setLane] = useState<LaneId>('direct');
  const exists = (node: NodeId | undefined): node is NodeId =>
    node !== undefined && document.functions.some((fn) => fn.id === node);
  const detector = logRows(lanes, 'all').find((row) => row.key === picked)?.record.node;
  const node = [asked, detector, selection].find(exists) ?? document.transfer.to;
  return (
    <section className="dock fault-dock" aria-label="Errors, registers and cost">
      <PanelEdge panel="dock" label="the panel below" />
      <Tabs
        label="Errors, registers and cost"
        tabs={[
          { id: 'errors', label: 'Error log' },
          { id: 'registers', label: 'AER registers' },
          { id: 'cost', label: 'Cost and recovery' },
        ]}
        current={tab}
        onChange={setTab}
        note={
          tab === 'errors' ? (
            <Segmented label="Severity" value={filter} options={FILTERS} onChange={setFilter} />
          ) : undefined
        }
      >
        {tab === 'errors' ? (
          <ErrorLog
            filter={filter}
            picked={picked}
            onPick={(key) => {
              setPicked(key);
              setAsked(undefined);
              setLane(key.startsWith('direct') ? 'direct' : 'bounced');
            }}
          />
        ) : tab === 'registers' ? (
          <AerPanel node={node} lane={lane} onNode={setAsked} onLane={setLane} />
        ) : (
          <CostTable />
        )}
      </Tabs>
    </section>
  );
}

/** Break something, in both machines of the race or in one, and see the TLP, the registers, the message and the cost. */
export function FaultsView() {
  const { faultLab } = useModel();
  const selection = useView((state) => state.selection);
  const [form, setForm] = useState<FormState>(FIRST_FORM);
  const [seen, setSeen] = useState(selection);
  useEvery(POLL_HZ, () => void faultLab.poll());
  // What is picked in a scene becomes the place of the fault.
  if (seen !== selection) {
    setSeen(selection);
    if (selection !== undefined) setForm({ ...form, node: selection });
  }
  return (
    <div className="faults">
      <div className="fault-lanes">
        {RACE_LANES.map((lane) => (
          <LaneScene key={lane} lane={lane} />
        ))}
        <SheetButton />
      </div>
      <FaultDock />
      <SidePanel label="Faults">
        <FaultPanel form={form} onForm={setForm} />
      </SidePanel>
    </div>
  );
}

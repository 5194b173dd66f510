import { Check, OctagonX } from 'lucide-react';
import { useId } from 'react';
import { useStore } from 'zustand';
import '../styles/memory.css';
import { crcText, NO_VALUE, sizeText } from '../../base/format.ts';
import type { MachineDescription, MemoryDescription } from '../../engine/protocol.ts';
import type { MemoryTab } from '../../store/memoryDesk.ts';
import type { LaneId, LaneState } from '../../store/session.ts';
import { wayWords } from '../../store/words.ts';
import { useDocument, useLane, useModel, useView } from '../model.ts';
import { memoryName } from '../names.ts';
import { LoadBar } from '../shell/LoadBar.tsx';
import { SidePanel } from '../shell/SidePanel.tsx';
import { SheetButton } from '../watch/WatchView.tsx';
import { Segmented } from '../widgets/Segmented.tsx';
import { Tabs } from '../widgets/Tabs.tsx';
import { AddressPanel } from './AddressPanel.tsx';
import { ComparePanel } from './ComparePanel.tsx';
import { HexArea } from './HexArea.tsx';
import type { Writers } from './hexPainter.ts';
import { MemoryFacts } from './MemoryFacts.tsx';
import { useWriters } from './useWriters.ts';

/** The memory the person chose, else the job's destination, else the first. */
function chosenMemory(
  machine: MachineDescription | undefined,
  index: number | undefined,
): MemoryDescription | undefined {
  const memories = machine?.memories ?? [];
  return memories.find((memory) => memory.index === (index ?? machine?.destination?.memory)) ?? memories[0];
}

/** CRC of what arrived against what was sent, from the run's own report. */
function CrcLine({ laneId, lane }: { readonly laneId: LaneId; readonly lane: LaneState }) {
  const { report } = lane;
  const { memoryDesk } = useModel();
  useStore(memoryDesk.store, (state) => state.stacks[laneId]);
  const isTouched = memoryDesk.stacksOf(laneId, lane.machine).marks.length > 0;
  if (report?.outcome !== 'finished')
    return <p className="muted">CRC-32 of both ends is compared when the run ends.</p>;
  const same = report.sourceCrc32 === report.destinationCrc32;
  return (
    <p className={same ? 'check-good' : 'check-bad'}>
      {same ? <Check size={15} aria-hidden="true" /> : <OctagonX size={15} aria-hidden="true" />}
      <strong>{same ? 'CRC-32 agrees at both ends' : 'CRC-32 differs'}</strong>
      <code>
        {same
          ? crcText(report.destinationCrc32)
          : `${crcText(report.sourceCrc32)} sent, ${crcText(report.destinationCrc32)} arrived`}
      </code>
      {isTouched ? <span className="muted">when the run ended</span> : undefined}
      <span className="push">{`${sizeText(report.bytes)} checked`}</span>
    </p>
  );
}

/** How the last change by hand, or the last search, ended. */
function LastWords() {
  const said = useStore(useModel().memoryDesk.store, (state) => state.said);
  if (said === undefined) return undefined;
  return <span className={said.isBad ? 'memory-said hint-bad' : 'memory-said'}>{said.words}</span>;
}

const TABS: readonly { readonly id: MemoryTab; readonly label: string }[] = [
  { id: 'facts', label: 'Facts' },
  { id: 'addresses', label: 'Addresses' },
  { id: 'compare', label: 'Compare' },
];

interface SideTabsProps {
  readonly laneId: LaneId;
  readonly lane: LaneState;
  readonly memory: MemoryDescription;
  readonly writers: Writers;
}

/** What is known of the bytes, beside them. */
function SideTabs({ laneId, lane, memory, writers }: SideTabsProps) {
  const { memoryDesk } = useModel();
  const tab = useStore(memoryDesk.store, (state) => state.tab);
  return (
    <Tabs label="About this memory" tabs={TABS} current={tab} onChange={(next) => memoryDesk.setTab(next)}>
      {tab === 'facts' ? <MemoryFacts lane={lane} memory={memory} writers={writers} /> : undefined}
      {tab === 'addresses' ? <AddressPanel laneId={laneId} lane={lane} memory={memory.index} /> : undefined}
      {tab === 'compare' ? (
        <ComparePanel key={laneId} laneId={laneId} machine={lane.machine} memory={memory} />
      ) : undefined}
    </Tabs>
  );
}

/** Bytes of any memory of the machine, as they are now. */
export function MemoryView() {
  const laneId = useView((state) => state.lane);
  const set = useView((state) => state.set);
  const index = useView((state) => state.memory);
  const document = useDocument((state) => state.document);
  const lane = useLane(laneId);
  const { machine } = lane;
  const memory = chosenMemory(machine, index);
  const writers = useWriters(laneId, lane, memory);
  const id = useId();
  return (
    <div className="memory">
      <section className="memory-main" aria-label="Memory">
        <header className="memory-head">
          <h2>Memory</h2>
          <label htmlFor={id} className="visually-hidden">
            Which memory
          </label>
          <select
            id={id}
            className="select"
            value={memory?.index ?? ''}
            onChange={(event) => set({ memory: Number(event.target.value) })}
          >
            {(machine?.memories ?? []).map((row) => (
              <option key={row.index} value={row.index}>
                {`${memoryName(document, row)}, ${sizeText(row.sizeBytes)}`}
              </option>
            ))}
          </select>
          <Segmented
            label="Machine"
            value={laneId}
            options={[
              { value: 'direct', label: `${wayWords('p2p').name} machine` },
              { value: 'bounced', label: `${wayWords('bounce').name} machine` },
            ]}
            onChange={(value) => set({ lane: value })}
          />
          <SheetButton />
        </header>
        {memory === undefined ? (
          <p className="empty">
            {lane.status === 'loading' ? NO_VALUE : 'No device of this machine has memory to show.'}
          </p>
        ) : (
          <HexArea key={`${laneId} ${memory.index}`} laneId={laneId} lane={lane} memory={memory} writers={writers} />
        )}
        <footer className="memory-foot">
          <LoadBar />
          <CrcLine laneId={laneId} lane={lane} />
          <LastWords />
        </footer>
      </section>
      <SidePanel label="Facts of this memory">
        {memory === undefined ? undefined : <SideTabs laneId={laneId} lane={lane} memory={memory} writers={writers} />}
      </SidePanel>
    </div>
  );
}

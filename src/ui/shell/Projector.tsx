import { useEffect, useMemo, useRef } from 'react';
import '../styles/projector.css';
import { bytesFigure, NO_VALUE, rateFigure, type Figure } from '../../base/format.ts';
import { DOWNSTREAM, UPSTREAM } from '../../core/pcie/counters.ts';
import type { LaneId } from '../../store/session.ts';
import { arrivalLink, arrivalRate, jobPayloadOf, machineCounter, memoryBytes, uplinkOf } from '../../store/metrics.ts';
import { projectedSentence } from '../../store/projectorWords.ts';
import { lanesOf } from '../../store/simulation.ts';
import { wayWords } from '../../store/words.ts';
import { useDocument, useLane, useModel, useView } from '../model.ts';
import { nodeName } from '../names.ts';
import { LaneTrouble } from '../race/LaneTrouble.tsx';
import { SceneView } from '../scene/SceneView.tsx';
import { ThroughputChart } from '../scene/ThroughputChart.tsx';
import { arrivalTrack } from '../scene/tracks.ts';
import { LiveText } from '../widgets/Live.tsx';
import { BrandMark } from './Brand.tsx';
import { Transport } from './Transport.tsx';

interface NumberProps {
  readonly label: string;
  readonly large?: boolean;
  readonly read: () => Figure | undefined;
}

function ProjectedNumber({ label, large = false, read }: NumberProps) {
  return (
    <div className="projected-number">
      <dt>{label}</dt>
      <dd>
        <LiveText
          className={large ? 'projected-headline' : 'projected-figure'}
          read={() => read()?.value ?? NO_VALUE}
        />
        <LiveText className="unit" read={() => read()?.unit ?? ''} />
      </dd>
    </div>
  );
}

/** What arrives, and what it costs elsewhere. */
function Numbers({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const { machine, view, report, way } = useLane(lane);
  const uplink = machine === undefined ? undefined : uplinkOf(document, machine);
  const arrival = machine === undefined ? undefined : arrivalLink(document, machine);
  const most = arrival === undefined ? undefined : rateFigure(arrival.link.bytesPerSecond);
  const payload = (): Figure | undefined => {
    if (report !== undefined) return rateFigure(report.throughputBytesPerSecond);
    return view && rateFigure(arrivalRate(view, document.transfer, way));
  };
  return (
    <dl>
      <ProjectedNumber
        large
        label={most === undefined || way === 'flows' ? 'Payload' : `Payload, of ${most.value} ${most.unit}`}
        read={payload}
      />
      <ProjectedNumber
        label="Switch uplink"
        read={() =>
          view &&
          uplink &&
          bytesFigure(jobPayloadOf(view, uplink.index, UPSTREAM) + jobPayloadOf(view, uplink.index, DOWNSTREAM))
        }
      />
      <ProjectedNumber
        label="Host DRAM"
        read={() => view && bytesFigure(memoryBytes(view, 'writtenBytes') + memoryBytes(view, 'readBytes'))}
      />
      <ProjectedNumber label="CPU copies" read={() => view && bytesFigure(machineCounter(view, 'cpuCopiedBytes'))} />
    </dl>
  );
}

/** Esc leaves, unless a dialog is open that it closes. */
function useEscape(onLeave: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      onLeave();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [onLeave]);
}

/** One machine for a whole room: the scene, four numbers, one sentence, and what has arrived so far. Design 03. */
export function Projector() {
  const { announcer, view } = useModel();
  const lane = useView((state) => lanesOf(state)[0] ?? 'direct');
  const topology = useDocument((state) => state.document);
  const state = useLane(lane);
  const { way, view: counters, machine, status } = state;
  const title = useRef<HTMLHeadingElement>(null);
  const leave = useMemo(() => () => view.getState().set({ projector: false }), [view]);
  useEscape(leave);
  useEffect(() => {
    title.current?.focus();
    announcer.say('Projector. Escape leaves.');
  }, [announcer]);
  const tracks = useMemo(() => {
    if (machine === undefined) return [];
    return [{ ...arrivalTrack(topology, machine, way), label: nodeName(topology, topology.transfer.to) }];
  }, [topology, machine, way]);
  return (
    <div className="projector">
      <header className="projector-top">
        <div className="projector-title">
          <BrandMark />
          <h1 ref={title} tabIndex={-1}>
            {topology.name}
          </h1>
        </div>
        <Transport />
        <div className="projector-leave">
          <button type="button" className="button" onClick={leave}>
            Leave with Esc
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="projector-scene" aria-label="Machine">
        <SceneView lane={lane} density="full" label={`The machine, ${wayWords(way).name}`} />
        {status === 'failed' || machine?.plan.refused !== undefined ? <LaneTrouble lane={lane} /> : undefined}
      </main>
      <aside className="projector-side" aria-label="Figures">
        <Numbers lane={lane} />
        <p className="projected-sentence">
          <LiveText read={() => projectedSentence(state, topology) ?? ''} />
        </p>
      </aside>
      <footer className="projector-foot">
        <ThroughputChart label="Payload over simulated time" variant="strip" view={counters} tracks={tracks} />
      </footer>
    </div>
  );
}

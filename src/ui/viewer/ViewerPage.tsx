import { useEffect, useState } from 'react';
import { ListTree, Map as MapIcon, Pause, Play, Route, SkipBack, SkipForward, Table2, Timer } from 'lucide-react';
import '../styles/viewer.css';
import { bytesText, clockFigure, durationText, NO_VALUE, rateFigure, rateText, sizeText } from '../../base/format.ts';
import type { RouteHop } from '../../core/pcie/verdict.ts';
import { DOWNSTREAM, UPSTREAM } from '../../core/pcie/counters.ts';
import { actionById } from '../../store/actions.ts';
import { arrivalRate, firstByteAfter, jobPayloadOf, memoryBytes, uplinkOf } from '../../store/metrics.ts';
import { lanesOf } from '../../store/simulation.ts';
import { verdictWords } from '../../store/words.ts';
import { useAction, useDocument, useLane, useModel, usePlayer, useView } from '../model.ts';
import { nodeName } from '../names.ts';
import { BrandMark } from '../shell/Brand.tsx';
import { StatusChips } from '../shell/StatusChips.tsx';
import { FollowBar, useFollowed } from '../scene/FollowBar.tsx';
import { SceneView } from '../scene/SceneView.tsx';
import { useReducedWish } from '../useMedia.ts';
import { DeviceFacts } from '../watch/DeviceFacts.tsx';
import { FlowLedger } from '../watch/FlowLedger.tsx';
import { LatencyRows } from '../watch/LatencyRows.tsx';
import { PacketList } from '../watch/PacketList.tsx';
import { Timeline } from '../time/Timeline.tsx';
import { LiveText } from '../widgets/Live.tsx';
import { VerdictGlyph } from '../widgets/VerdictGlyph.tsx';

function HopLine({ hop }: { readonly hop: RouteHop }) {
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  const link = machine?.links.find((candidate) => candidate.upper === hop.node);
  return (
    <li className={hop.direction === 'inside' ? 'line-stop' : 'line-link'}>
      <span>
        {hop.direction === 'inside'
          ? nodeName(document, hop.node)
          : link === undefined
            ? `link ${hop.direction}`
            : `Gen${link.gen} x${link.width}, ${rateText(link.bytesPerSecond)}, ${hop.direction}`}
      </span>
      <code>{hop.text}</code>
    </li>
  );
}

/** The way of the requests as a line with stops, from the device that moves to the device that holds. */
function PathLine() {
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  const verdict = machine?.verdict;
  if (verdict === undefined) return undefined;
  return (
    <ol className="path-line" aria-label="Path">
      <li className="line-end">
        <strong>{nodeName(document, verdict.client)}</strong>
      </li>
      {verdict.route.write.map((hop, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <HopLine key={index} hop={hop} />
      ))}
      <li className="line-end">
        <strong>{nodeName(document, verdict.provider)}</strong>
      </li>
    </ol>
  );
}

function Figures() {
  const document = useDocument((state) => state.document);
  const { machine, view, report } = useLane('direct');
  const uplink = machine === undefined ? undefined : uplinkOf(document, machine);
  const rate = (): string => {
    if (report !== undefined) return rateFigure(report.throughputBytesPerSecond).value;
    return view === undefined ? NO_VALUE : rateFigure(arrivalRate(view, document.transfer, 'p2p')).value;
  };
  const cells: readonly { readonly label: string; readonly read: () => string | undefined }[] = [
    {
      label: 'uplink',
      read: () =>
        view &&
        uplink &&
        bytesText(jobPayloadOf(view, uplink.index, UPSTREAM) + jobPayloadOf(view, uplink.index, DOWNSTREAM)),
    },
    {
      label: 'DRAM',
      read: () => view && bytesText(memoryBytes(view, 'writtenBytes') + memoryBytes(view, 'readBytes')),
    },
    {
      label: 'first byte',
      read: () => {
        const first_ps = view === undefined ? 0 : firstByteAfter(view);
        return first_ps === 0 ? undefined : durationText(first_ps);
      },
    },
  ];
  return (
    <>
      <p className="headline">
        <LiveText className="headline-figure" read={rate} />
        <span className="unit">GB/s payload</span>
      </p>
      <PathLine />
      <dl className="stat-row">
        {cells.map((cell) => (
          <div key={cell.label}>
            <dd>
              <LiveText read={() => cell.read() ?? NO_VALUE} />
            </dd>
            <dt>{cell.label}</dt>
          </div>
        ))}
      </dl>
    </>
  );
}

function ViewerTransport() {
  const { simulation } = useModel();
  const phase = usePlayer((state) => state.phase);
  const perform = useAction();
  const playing = phase === 'playing';
  const Icon = playing ? Pause : Play;
  return (
    <footer>
      <Timeline />
      <button
        type="button"
        className="icon-button touch"
        aria-label="Back to the start"
        disabled={phase === 'empty'}
        onClick={() => perform(actionById('restart'))}
      >
        <SkipBack size={20} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="play-button touch"
        aria-label={playing ? 'Pause' : 'Play'}
        disabled={phase === 'empty'}
        onClick={() => perform(actionById('play'))}
      >
        <Icon size={20} fill="currentColor" strokeWidth={0} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button touch"
        aria-label="Step"
        disabled={phase === 'empty' || phase === 'finished'}
        onClick={() => perform(actionById('step'))}
      >
        <SkipForward size={20} aria-hidden="true" />
      </button>
      <p className="clock">
        <LiveText className="clock-digits" hz={30} read={() => clockFigure(simulation.player.now_ps).toNanoseconds} />
        <span className="unit">ms</span>
      </p>
    </footer>
  );
}

function ViewerVerdict() {
  const bytes = useDocument((state) => state.document.transfer.bytes);
  const verdict = useLane('direct').machine?.verdict;
  if (verdict === undefined) return <p className="viewer-verdict">{sizeText(bytes)}</p>;
  return (
    <p className="viewer-verdict">
      <VerdictGlyph kind={verdict.mapType} />
      <strong>{verdictWords(verdict.mapType).name}</strong>
      {`distance ${verdict.chainDistance}, ${sizeText(bytes)}`}
    </p>
  );
}

/** This page shows the P2P machine; views that run without it give way to one that has it. */
function useDirectMachine(): void {
  const present = useView((state) => lanesOf(state).includes('direct'));
  const set = useView((state) => state.set);
  useEffect(() => {
    if (!present) set({ view: 'watch', lane: 'direct' });
  }, [present, set]);
}

const PARTS = [
  { id: 'path', label: 'Path', Icon: Route },
  { id: 'scene', label: 'Scene', Icon: MapIcon },
  { id: 'packets', label: 'Packets', Icon: ListTree },
  { id: 'ledger', label: 'Ledger', Icon: Table2 },
  { id: 'times', label: 'Times', Icon: Timer },
] as const;
type PartId = (typeof PARTS)[number]['id'];

/** The machine to pinch and push, and what is followed in it. */
function ScenePart() {
  const wish = useView((state) => state.wish);
  const journey = useFollowed('direct');
  return (
    <>
      <SceneView lane="direct" density="compact" label="The machine, P2P" follows />
      <div className="viewer-scene-foot">
        {journey === undefined ? <p className="muted">Pinch to zoom, push to move, tap to select.</p> : undefined}
        {journey === undefined ? undefined : <FollowBar journey={journey} />}
        <button type="button" className="button touch" onClick={() => wish('fit')}>
          Fit
        </button>
      </div>
      <DeviceFacts lane="direct" />
    </>
  );
}

function CurrentPart({ part }: { readonly part: PartId }) {
  switch (part) {
    case 'path':
      return (
        <>
          <ViewerVerdict />
          <Figures />
        </>
      );
    case 'scene':
      return <ScenePart />;
    case 'packets':
      return <PacketList lane="direct" />;
    case 'ledger':
      return <FlowLedger lane="direct" />;
    case 'times':
      return <LatencyRows lane="direct" />;
  }
}

/** What the rail is on wider pages. */
function PartBar({ part, onPart }: { readonly part: PartId; readonly onPart: (part: PartId) => void }) {
  return (
    <nav aria-label="Parts" className="viewer-parts">
      {PARTS.map(({ id, label, Icon }) => (
        <button key={id} type="button" aria-current={id === part ? 'page' : undefined} onClick={() => onPart(id)}>
          <Icon size={19} strokeWidth={1.75} aria-hidden="true" />
          {label}
        </button>
      ))}
    </nav>
  );
}

/**
 * Below 1024 px: one part of what the wide page shows at a time, and play. Nothing can be edited here, and the page
 * says so: building a machine takes a pointer or a keyboard, and room.
 */
export function ViewerPage() {
  const document = useDocument((state) => state.document);
  const { machine, failure } = useLane('direct');
  const { transfer } = document;
  const wished = useView((state) => state.dock);
  const still = useReducedWish();
  const [chosen, setPart] = useState<PartId>();
  const part = chosen ?? (wished === 'ledger' || still ? 'ledger' : 'path');
  useDirectMachine();
  return (
    <div className="viewer">
      <header>
        <BrandMark />
        <h1>{`${nodeName(document, transfer.from)} to ${nodeName(document, transfer.to)}`}</h1>
        <StatusChips />
        <span className="chip" title="Building and editing take a wider page, with a pointer or a keyboard.">
          View only
        </span>
      </header>
      <main id="main" className={`viewer-${part}`}>
        {failure === undefined ? undefined : <p className="viewer-trouble">{failure.message}</p>}
        {machine?.plan.refused === undefined ? undefined : (
          <p className="viewer-trouble">{machine.plan.refused.message}</p>
        )}
        <CurrentPart part={part} />
      </main>
      <ViewerTransport />
      <PartBar part={part} onPart={setPart} />
    </div>
  );
}

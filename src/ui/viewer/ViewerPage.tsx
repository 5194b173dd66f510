import { useEffect } from 'react';
import { Pause, Play, SkipBack } from 'lucide-react';
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

/** Below 1024 px: the path, the headline and play. Nothing can be edited here, and the page says so. */
export function ViewerPage() {
  const document = useDocument((state) => state.document);
  const { machine, failure } = useLane('direct');
  const { transfer } = document;
  useDirectMachine();
  return (
    <div className="viewer">
      <header>
        <BrandMark />
        <h1>{`${nodeName(document, transfer.from)} to ${nodeName(document, transfer.to)}`}</h1>
        <StatusChips />
        <span className="chip">View only</span>
      </header>
      <main id="main">
        <ViewerVerdict />
        {failure === undefined ? undefined : <p>{failure.message}</p>}
        {machine?.plan.refused === undefined ? undefined : <p>{machine.plan.refused.message}</p>}
        <Figures />
      </main>
      <ViewerTransport />
    </div>
  );
}

import { PencilLine } from 'lucide-react';
import {
  bytesText,
  durationText,
  fixedText,
  integerText,
  NO_VALUE,
  percentText,
  rateFigure,
  sizeText,
} from '../../base/format.ts';
import { DOWNSTREAM, UPSTREAM } from '../../core/pcie/counters.ts';
import type { LinkTimeShare } from '../../engine/protocol.ts';
import { actionById } from '../../store/actions.ts';
import {
  arrivalLink,
  arrivalRate,
  jobPayloadOf,
  machineCounter,
  memoryBytes,
  type SharePart,
  sharePart,
  timeShare,
  uplinkOf,
} from '../../store/metrics.ts';
import type { LaneId } from '../../store/session.ts';
import { besideFlows, verdictWords, wayWords } from '../../store/words.ts';
import { useAction, useDocument, useLane, usePlayer, useView } from '../model.ts';
import { nodeName } from '../names.ts';
import { CheckList } from '../widgets/CheckList.tsx';
import { LiveText } from '../widgets/Live.tsx';
import { Segmented } from '../widgets/Segmented.tsx';
import { VerdictGlyph } from '../widgets/VerdictGlyph.tsx';
import { DeviceFacts } from './DeviceFacts.tsx';
import { LatencyRows } from './LatencyRows.tsx';
import { ShareBar } from './ShareBar.tsx';

const PHASE_WORDS = { empty: 'loading', paused: 'paused', playing: 'running', finished: 'finished' } as const;

const SHARE_ROWS: readonly { readonly part: SharePart; readonly label: string }[] = [
  { part: 'payload', label: 'Payload' },
  { part: 'headers', label: 'Headers, framing' },
  { part: 'dllps', label: 'Ack, UpdateFC' },
  { part: 'skip', label: 'Skip ordered sets' },
  { part: 'replay', label: 'Sent again' },
  { part: 'creditStall', label: 'Credit stall' },
  { part: 'idle', label: 'Idle' },
];

/** What the kernel says to this pair. */
function VerdictChips({ lane }: { readonly lane: LaneId }) {
  const verdict = useLane(lane).machine?.verdict;
  if (verdict === undefined) return undefined;
  return (
    <ul className="chips" aria-label="Verdict">
      <li className="chip strong">
        <VerdictGlyph kind={verdict.mapType} size={12} />
        {verdictWords(verdict.mapType).name}
      </li>
      <li className="chip">{`Distance ${verdict.chainDistance}`}</li>
      <li className="chip">{verdict.label}</li>
    </ul>
  );
}

/** How the bytes are staged. */
function BounceChips({ lane }: { readonly lane: LaneId }) {
  const { bounce } = useDocument((state) => state.document.transfer);
  const { way } = useLane(lane);
  return (
    <ul className="chips" aria-label="Staging">
      <li className="chip strong">
        <VerdictGlyph kind="HOST" size={12} />
        {wayWords(way).mover}
      </li>
      <li className="chip">{`${bounce.buffers} × ${sizeText(bounce.chunkBytes)}`}</li>
      <li className="chip">{bounce.completion === 'polled' ? 'Polled' : 'Interrupt'}</li>
    </ul>
  );
}

function PanelHead({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const phase = usePlayer((state) => state.phase);
  const { machine } = useLane(lane);
  const perform = useAction();
  const set = useView((state) => state.set);
  const { transfer } = document;
  const operation = machine?.plan.legs[0]?.operation;
  const title = `${nodeName(document, transfer.from)} to ${nodeName(document, transfer.to)}`;
  return (
    <>
      <header className="panel-head">
        <h2>
          <button
            type="button"
            className="title-button"
            aria-label={`${title}, change the transfer`}
            title="Choose the transfer (T)"
            onClick={() => perform(actionById('transfer'))}
          >
            {title}
            <PencilLine size={14} aria-hidden="true" />
          </button>
        </h2>
        <p className="panel-state">{PHASE_WORDS[phase]}</p>
      </header>
      <p className="panel-sub">{`${operation === undefined ? '' : `DMA ${operation}, `}${sizeText(transfer.bytes)}${besideFlows(document)}`}</p>
      <Segmented
        label="Way"
        value={lane}
        options={[
          { value: 'direct', label: 'P2P' },
          { value: 'bounced', label: 'Bounce' },
        ]}
        onChange={(value) => set({ lane: value })}
      />
      {lane === 'direct' ? <VerdictChips lane={lane} /> : <BounceChips lane={lane} />}
    </>
  );
}

/** The headline and how the arrival link's time divides. */
function Throughput({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const { machine, view, report, way } = useLane(lane);
  const arrival = machine === undefined ? undefined : arrivalLink(document, machine);
  const capacity = arrival?.link.bytesPerSecond;
  const share = (): LinkTimeShare | undefined => {
    if (view === undefined || arrival === undefined) return undefined;
    const reported = report?.links.find(
      (row) => row.link === arrival.link.index && row.direction === arrival.direction,
    );
    return reported ?? timeShare(view, arrival, machineCounter(view, 'now_ps'));
  };
  const headline = (): string => {
    if (report !== undefined) return rateFigure(report.throughputBytesPerSecond).value;
    return view === undefined ? NO_VALUE : rateFigure(arrivalRate(view, document.transfer, way)).value;
  };
  return (
    <section aria-label="Throughput">
      <p className="headline">
        <LiveText className="headline-figure" read={headline} />
        <span className="unit">GB/s payload</span>
      </p>
      <ShareBar read={share} way={way} />
      <table className="dense">
        <tbody>
          {SHARE_ROWS.map(({ part, label }) => (
            <tr key={part}>
              <th scope="row">
                <span className={`share-mark share-${part} flow-${way}`} aria-hidden="true" />
                {label}
              </th>
              <td>
                <LiveText read={() => figure(partOf(share(), part), capacity)} />
              </td>
              <td className="quiet">
                <LiveText read={() => fraction(partOf(share(), part))} />
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Link, one way, so far</th>
            <td>{capacity === undefined ? NO_VALUE : rateFigure(capacity).value}</td>
            <td className="quiet">GB/s</td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

function partOf(share: LinkTimeShare | undefined, part: SharePart): number | undefined {
  return share === undefined ? undefined : sharePart(share, part);
}

function figure(part: number | undefined, capacity: number | undefined): string {
  return part === undefined || capacity === undefined ? NO_VALUE : fixedText((part * capacity) / 1e9, 2);
}

function fraction(part: number | undefined): string {
  return part === undefined ? '' : percentText(part);
}

/** What the run costs elsewhere: the point of the comparison. */
function Touches({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const { machine, view } = useLane(lane);
  const uplink = machine === undefined ? undefined : uplinkOf(document, machine);
  const rows: readonly { readonly label: string; readonly read: () => string | undefined }[] = [
    {
      label: 'Switch uplink',
      read: () =>
        view &&
        uplink &&
        bytesText(jobPayloadOf(view, uplink.index, UPSTREAM) + jobPayloadOf(view, uplink.index, DOWNSTREAM)),
    },
    {
      label: 'Host DRAM',
      read: () => view && bytesText(memoryBytes(view, 'writtenBytes') + memoryBytes(view, 'readBytes')),
    },
    { label: 'CPU copies', read: () => view && bytesText(machineCounter(view, 'cpuCopiedBytes')) },
    { label: 'CPU time', read: () => view && durationText(machineCounter(view, 'cpuBusy_ps')) },
    { label: 'Interrupts', read: () => view && integerText(machineCounter(view, 'interrupts')) },
    { label: 'TLPs over links', read: () => view && integerText(machineCounter(view, 'hops')) },
  ];
  return (
    <section aria-labelledby="touches-title">
      <h3 id="touches-title">What it touches</h3>
      <table className="dense">
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row">{row.label}</th>
              <td>
                <LiveText read={() => row.read() ?? NO_VALUE} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Facts of one machine: headline, split, latency, what it touches. */
export function WatchPanel({ lane }: { readonly lane: LaneId }) {
  const { report } = useLane(lane);
  const set = useView((state) => state.set);
  return (
    <>
      <div className="side-scroll">
        <PanelHead lane={lane} />
        <DeviceFacts lane={lane} />
        <Throughput lane={lane} />
        <LatencyRows lane={lane} />
        <Touches lane={lane} />
        {report === undefined ? undefined : <CheckList reports={[report]} />}
      </div>
      <div className="side-foot">
        <button type="button" className="button" onClick={() => set({ view: 'why', sheetOpen: false })}>
          Why this path?
        </button>
        <button type="button" className="button" onClick={() => set({ view: 'race', sheetOpen: false })}>
          Race both ways
        </button>
      </div>
    </>
  );
}

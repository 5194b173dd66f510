import { useRef, type PointerEvent } from 'react';
import '../styles/follow.css';
import { durationText } from '../../base/format.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import { journeyTotals, type Journey, type JourneyStop } from '../../store/journey.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { markOf } from '../inspect/rowCells.ts';
import { useFollow, useModel } from '../model.ts';
import { SPAN_WORDS, stopName, stopWords } from './wayRows.ts';

interface WayTableProps {
  readonly journey: Journey;
  readonly document: TopologyDocument;
  readonly machine: MachineDescription;
  /** Crossing that is shown elsewhere on the page; −1 = none. */
  readonly record: number;
  readonly onPick?: (record: number) => void;
}

function percent(part_ps: number, whole_ps: number): string {
  return `${(part_ps / Math.max(1, whole_ps)) * 100}%`;
}

interface BedProps {
  readonly journey: Journey;
  readonly stop: JourneyStop;
}

/** The parts of one row on the axis of the whole; the pointer shows the packet where it was at that instant. */
function Bed({ journey, stop }: BedProps) {
  const { follow } = useModel();
  const bed = useRef<HTMLTableCellElement>(null);
  const whole_ps = journey.ended_ps - journey.begun_ps;
  const onMove = (event: PointerEvent): void => {
    const box = bed.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return;
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    follow.getState().set({ at_ps: journey.begun_ps + whole_ps * share });
  };
  return (
    <td
      ref={bed}
      className={`way-bed way-hue-${markOf(journey.log, stop.record)}`}
      aria-hidden="true"
      onPointerMove={onMove}
      onPointerLeave={() => follow.getState().set({ at_ps: undefined })}
    >
      {stop.spans.map((span) => (
        <span
          key={span.from_ps}
          className={`way-span way-${span.kind}`}
          style={{
            left: percent(span.from_ps - journey.begun_ps, whole_ps),
            width: percent(span.to_ps - span.from_ps, whole_ps),
          }}
        />
      ))}
    </td>
  );
}

/** How much of the whole each kind of time is: the legend of the bars and their sums. */
function Sums({ journey }: { readonly journey: Journey }) {
  const first = journey.request < 0 ? journey.completion : journey.request;
  return (
    <ul className={`way-sums way-hue-${markOf(journey.log, first)}`} aria-label="Parts of the whole">
      {journeyTotals(journey).map(({ kind, length_ps }) => (
        <li key={kind}>
          <span className="way-swatch" aria-hidden="true">
            <span className={`way-span way-${kind}`} />
          </span>
          {SPAN_WORDS[kind]} <b>{durationText(length_ps)}</b>
        </li>
      ))}
    </ul>
  );
}

interface WayRowProps extends WayTableProps {
  readonly stop: JourneyStop;
  readonly index: number;
}

/** One place of the way. Pointing at it lights it in the scene. */
function WayRow({ journey, document, machine, record, onPick, stop, index }: WayRowProps) {
  const { follow } = useModel();
  const isLit = useFollow((state) => state.lit === index);
  const light = (lit: number | undefined): void => follow.getState().set({ lit });
  return (
    <tr
      className={isLit ? 'way-lit' : undefined}
      onPointerEnter={() => light(index)}
      onPointerLeave={() => light(undefined)}
    >
      <td className="way-number">
        <span>{index + 1}</span>
      </td>
      <th scope="row" className="way-place">
        <button
          type="button"
          className="link-button"
          aria-current={stop.record === record && stop.at === 'link' ? 'true' : undefined}
          title={stopWords(stop)}
          onFocus={() => light(index)}
          onBlur={() => light(undefined)}
          onClick={() => onPick?.(stop.record)}
        >
          {stopName(document, machine, stop)}
        </button>
      </th>
      <Bed journey={journey} stop={stop} />
      <td className="way-takes">{durationText(stop.to_ps - stop.from_ps)}</td>
    </tr>
  );
}

/** Where the time of a transaction went: one row for each place on its way, parts on one axis, exactly the whole. */
export function WayTable(props: WayTableProps) {
  const { journey, document, machine } = props;
  const lit = useFollow((state) => state.lit);
  const litStop = lit === undefined ? undefined : journey.stops[lit];
  return (
    <div className="way">
      <table>
        <thead>
          <tr>
            <th scope="col" className="way-number">
              <span className="visually-hidden">Number in the scene</span>
            </th>
            <th scope="col" className="way-place">
              Place
            </th>
            <th scope="col">
              <span className="visually-hidden">Share of the whole</span>
            </th>
            <th scope="col" className="way-takes">
              Takes
            </th>
          </tr>
        </thead>
        <tbody>
          {journey.stops.map((stop, index) => (
            <WayRow key={`${stop.at} ${stop.record}`} {...props} stop={stop} index={index} />
          ))}
        </tbody>
      </table>
      <Sums journey={journey} />
      <p className="way-readout">
        {litStop === undefined
          ? 'Point at a row, or at its number in the scene, to see what it consists of.'
          : `${stopName(document, machine, litStop)}: ${stopWords(litStop)}.`}
      </p>
    </div>
  );
}

import { useEffect, useRef, useState } from 'react';
import { addressText, clockFigure, integerText, NO_VALUE, sizeText } from '../../base/format.ts';
import { bdfText } from '../../core/pcie/bdf.ts';
import { HOP, HOP_WORDS } from '../../core/pcie/counters.ts';
import { CLASS_OF_KIND, FLOW, flowClassOf, TLP_CLASS, TLP_KIND_NAMES } from '../../core/pcie/tlp.ts';
import type { Bdf } from '../../base/units.ts';
import type { PacketLog } from '../../store/inspectLog.ts';
import type { HopTee } from '../../store/hopTee.ts';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useInspect, useLane } from '../model.ts';
import { useSelectedRecord } from '../scene/useJourney.ts';
import { segmentName } from '../names.ts';
import { useEvery } from '../widgets/Live.tsx';

const KEPT = 64;
const LIST_HZ = 4;
const CODE_RANGE = 2 ** 8;
const FLOW_SHIFT = 2 ** 16;
const TAG_RANGE = 2 ** 16;

interface PacketRow {
  readonly serial: number;
  readonly start_ps: number;
  readonly segment: number;
  readonly kind: number;
  readonly flow: number;
  readonly address: number;
  readonly lengthBytes: number;
  readonly requester: number;
  readonly tag: number;
}

function rowAt(words: Float64Array, offset: number): PacketRow {
  const word = (field: number): number => words[offset + field] ?? 0;
  const what = word(HOP.what);
  return {
    serial: word(HOP.serial),
    start_ps: word(HOP.start_ps),
    segment: word(HOP.segment),
    kind: what % CODE_RANGE,
    flow: Math.floor(what / FLOW_SHIFT) % CODE_RANGE,
    address: word(HOP.address),
    lengthBytes: word(HOP.lengthBytes),
    requester: Math.floor(word(HOP.transaction) / TAG_RANGE),
    tag: word(HOP.transaction) % TAG_RANGE,
  };
}

/** The last records of a stream of hops, kept flat so that a fast run allocates nothing per packet. */
class LastHops {
  readonly #words = new Float64Array(KEPT * HOP_WORDS);
  #count = 0;

  readonly keep = (words: Float64Array, offset: number): void => {
    const place = (this.#count % KEPT) * HOP_WORDS;
    for (let word = 0; word < HOP_WORDS; word += 1) this.#words[place + word] = words[offset + word] ?? 0;
    this.#count += 1;
  };

  get count(): number {
    return this.#count;
  }

  /** Newest first. */
  rows(): readonly PacketRow[] {
    const kept = Math.min(KEPT, this.#count);
    return Array.from({ length: kept }, (_, back) => rowAt(this.#words, ((this.#count - 1 - back) % KEPT) * HOP_WORDS));
  }
}

const FLOW_CLASSES: Readonly<Record<number, string>> = {
  [FLOW.p2p]: 'p2p',
  [FLOW.bounceIn]: 'bounce',
  [FLOW.bounceOut]: 'bounce',
};

function flowClass(row: PacketRow): string {
  if (CLASS_OF_KIND[row.kind] === TLP_CLASS.completion) return 'completion';
  return FLOW_CLASSES[flowClassOf(row.flow)] ?? 'control';
}

/** The record of a row: the crossing of its TLP at its place. −1 = no longer kept. */
function recordOf(log: PacketLog, row: PacketRow): number {
  return log.hopsOf(row.serial).find((hop) => log.segment[log.cell(hop)] === row.segment) ?? -1;
}

interface Seen {
  readonly hops: HopTee;
  readonly count: number;
  readonly lost: number;
  readonly rows: readonly PacketRow[];
}

/** The newest link crossings, newest first. */
export function PacketList({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const state = useLane(lane);
  const { machine, hops } = state;
  const set = useInspect((inspect) => inspect.set);
  const selected = useSelectedRecord(state);
  const [seen, setSeen] = useState<Seen>();
  const last = useRef<{ readonly hops: LastHops; readonly drain: () => number }>(undefined);
  useEffect(() => {
    const reader = hops?.reader();
    const kept = new LastHops();
    last.current = reader === undefined ? undefined : { hops: kept, drain: () => reader.drain(kept.keep) };
  }, [hops]);
  useEvery(LIST_HZ, () => {
    const lost = last.current?.drain() ?? 0;
    const count = last.current?.hops.count ?? 0;
    if (hops === undefined || (seen?.hops === hops && seen.count === count)) return;
    setSeen({ hops, count, lost, rows: last.current?.hops.rows() ?? [] });
  });
  if (machine === undefined || seen === undefined || seen.hops !== hops || seen.rows.length === 0) {
    return <p className="empty">Packets appear here as they cross a link. Press play, or step one TLP.</p>;
  }
  const { log } = seen.hops;
  const followed =
    log !== undefined && selected >= 0 && log.holds(selected) ? log.serial[log.cell(selected)] : undefined;
  const follow = (row: PacketRow): void => {
    const record = log === undefined || row.serial === 0 ? -1 : recordOf(log, row);
    if (log !== undefined && record >= 0) set({ selected: { log, record } });
  };
  return (
    // A scrolling region has to be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="packet-scroll" tabIndex={0} aria-label="Newest packets">
      <table className="packets">
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">Time, ms</th>
            <th scope="col">Type</th>
            <th scope="col">Link</th>
            <th scope="col">Requester</th>
            <th scope="col">Tag</th>
            <th scope="col">Address</th>
            <th scope="col">Length</th>
          </tr>
        </thead>
        <tbody>
          {seen.rows.map((row) => (
            // The button in its first cell is the keyboard's way.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
            <tr
              key={`${row.serial} ${row.segment}`}
              className={row.serial !== 0 && row.serial === followed ? 'packet-followed' : undefined}
              onClick={() => follow(row)}
            >
              <td className="quiet">
                {row.serial === 0 ? (
                  NO_VALUE
                ) : (
                  <button
                    type="button"
                    className="link-button"
                    aria-label={`Follow packet ${row.serial}`}
                    aria-pressed={row.serial === followed}
                  >
                    {integerText(row.serial)}
                  </button>
                )}
              </td>
              <td>{clockFigure(row.start_ps).toNanoseconds}</td>
              <td>
                <span className={`packet-mark mark-${flowClass(row)}`} aria-hidden="true" />
                {TLP_KIND_NAMES[row.kind] ?? '?'}
              </td>
              <td className="words">{segmentName(document, machine, row.segment)}</td>
              <td>{bdfText(row.requester as Bdf)}</td>
              <td>{CLASS_OF_KIND[row.kind] === TLP_CLASS.posted ? '–' : row.tag.toString(16).toUpperCase()}</td>
              <td>{addressText(row.address)}</td>
              <td>{sizeText(row.lengthBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {seen.lost > 0 ? (
        <p className="muted">{`${integerText(seen.lost)} records were dropped: the machine runs faster than this page can list.`}</p>
      ) : undefined}
    </section>
  );
}

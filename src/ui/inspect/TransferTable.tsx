import type { KeyboardEvent, RefCallback } from 'react';
import { addressText, bytesText, clockFigure, integerText, rateText } from '../../base/format.ts';
import { PS_PER_SECOND, type Bdf } from '../../base/units.ts';
import { bdfText } from '../../core/pcie/bdf.ts';
import { TLP_KIND_NAMES } from '../../core/pcie/tlp.ts';
import type { TransferRow } from '../../store/inspectTransfers.ts';
import { flowWord, markOf, type RowSource } from './rowCells.ts';
import type { ListScroll } from './useListScroll.ts';
import { rowForKey } from './useListScroll.ts';

interface TransferTableProps {
  readonly source: RowSource;
  readonly transfers: readonly TransferRow[];
  /** The element that is measured and turned by the wheel. */
  readonly area: RefCallback<HTMLElement>;
  readonly scroll: ListScroll;
  readonly current: number;
  readonly onCurrent: (row: number) => void;
  /** Lists the packets of a transfer. */
  readonly onOpen: (transfer: TransferRow) => void;
}

/** Payload of one requester and flow whose addresses continue each other, as one row. */
export function TransferTable({ area, source, transfers, scroll, current, onCurrent, onOpen }: TransferTableProps) {
  const shown = transfers.slice(scroll.top, scroll.top + scroll.visible);
  const onKey = (event: KeyboardEvent): void => {
    const chosen = transfers[current];
    if (event.key === 'Enter' && chosen !== undefined) {
      event.preventDefault();
      onOpen(chosen);
      return;
    }
    const next = rowForKey(event.key, current, Math.max(1, scroll.visible - 1), 0, transfers.length);
    if (next === undefined) return;
    event.preventDefault();
    onCurrent(next);
    scroll.reveal(next);
  };
  return (
    // A scrolling region has to be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      ref={area}
      className="tlp-scroll"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label="Transfers"
      onKeyDown={onKey}
    >
      <table className="tlps" aria-rowcount={transfers.length}>
        <thead>
          <tr>
            <th scope="col">Flow</th>
            <th scope="col">Carried by</th>
            <th scope="col">Requester</th>
            <th scope="col">From address</th>
            <th scope="col" className="figure">
              Payload
            </th>
            <th scope="col" className="figure">
              TLPs
            </th>
            <th scope="col" className="figure">
              Begun, ms
            </th>
            <th scope="col" className="figure">
              Rate
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((transfer, index) => {
            const row = scroll.top + index;
            const took_ps = transfer.ended_ps - transfer.begun_ps;
            return (
              // The region above takes the keys; a press is the pointer's way.
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
              <tr
                key={transfer.firstRecord}
                className={row === current ? 'tlp-current' : undefined}
                aria-current={row === current ? 'true' : undefined}
                onClick={() => onCurrent(row)}
                onDoubleClick={() => onOpen(transfer)}
              >
                <td className="words">
                  <span
                    className={`packet-mark mark-${source.log.holds(transfer.firstRecord) ? markOf(source.log, transfer.firstRecord) : 'control'}`}
                    aria-hidden="true"
                  />
                  {flowWord(source.machine, transfer.flow)}
                </td>
                <td>{TLP_KIND_NAMES[transfer.kind] ?? '?'}</td>
                <td>{bdfText(transfer.requester as Bdf)}</td>
                <td>{addressText(transfer.fromAddress)}</td>
                <td className="figure">{bytesText(transfer.bytes)}</td>
                <td className="figure">{integerText(transfer.tlps)}</td>
                <td className="figure">{clockFigure(transfer.begun_ps).toNanoseconds}</td>
                <td className="figure">{rateText((transfer.bytes * PS_PER_SECOND) / Math.max(1, took_ps))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** The filter that lists what a transfer consists of. */
export function transferFilter(transfer: TransferRow): string {
  const kind = TLP_KIND_NAMES[transfer.kind] ?? 'MWr';
  const size = transfer.toAddress - transfer.fromAddress;
  return `type ${kind} and requester ${bdfText(transfer.requester as Bdf)} and address ${addressText(transfer.fromAddress)} + ${size} and time ${transfer.begun_ps}ps to ${transfer.ended_ps}ps`;
}

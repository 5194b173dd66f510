import { useEffect, useMemo, useState } from 'react';
import '../styles/ledger.css';
import { bytesText, clockFigure, fixedText, integerText, NO_VALUE, percentText, sizeText } from '../../base/format.ts';
import { TLP_KIND_NAMES } from '../../core/pcie/tlp.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { PacketLog } from '../../store/inspectLog.ts';
import { Ledger, type LedgerFlow, type LedgerPlace, type LedgerRow } from '../../store/ledger.ts';
import type { LaneId } from '../../store/session.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { useDocument, useInspect, useLane, useModel } from '../model.ts';
import { nodeName, segmentName } from '../names.ts';
import { useEvery } from '../widgets/Live.tsx';

/** No more often than this, for everyone. */
const LEDGER_HZ = 2;
const GIGA = 1e9;

function placeName(document: TopologyDocument, machine: MachineDescription, place: LedgerPlace): string {
  return place === 'memory' ? 'DRAM' : segmentName(document, machine, place);
}

function directionWord(place: LedgerPlace): string {
  if (place === 'memory') return 'both';
  return place % 2 === 0 ? 'down' : 'up';
}

function LastPacket({ log, record }: { readonly log: PacketLog | undefined; readonly record: number }) {
  const set = useInspect((state) => state.set);
  if (log === undefined || record < 0 || !log.holds(record)) return NO_VALUE;
  const cell = log.cell(record);
  const text = `${TLP_KIND_NAMES[log.kind(record)] ?? '?'} ${sizeText(log.lengthBytes[cell] ?? 0)}`;
  const at = clockFigure(log.start_ps[cell] ?? 0).toNanoseconds;
  return (
    <button
      type="button"
      className="link-button"
      title="Follow it in the scene"
      onClick={() => set({ selected: { log, record } })}
    >
      {text} <span className="mono">{at}</span>
    </button>
  );
}

interface LineProps {
  readonly row: LedgerRow;
  readonly name: string;
  readonly log: PacketLog | undefined;
}

function Line({ row, name, log }: LineProps) {
  return (
    <tr className={row.number === undefined ? 'ledger-unused' : undefined}>
      <td className="ledger-number">{row.number === undefined ? undefined : <span>{row.number}</span>}</td>
      <th scope="row">{name}</th>
      <td>{directionWord(row.place)}</td>
      <td className="figure strong">{fixedText(row.wireBytesPerSecond / GIGA, 2)}</td>
      <td className="ledger-meter" aria-hidden="true">
        <span style={{ width: `${Math.min(1, row.load ?? 0) * 100}%` }} />
      </td>
      <td className="figure">{row.load === undefined ? NO_VALUE : percentText(row.load)}</td>
      <td className="figure">{fixedText(row.payloadBytesPerSecond / GIGA, 2)}</td>
      <td className="figure">{row.tlps === undefined ? NO_VALUE : integerText(row.tlps)}</td>
      <td className="figure strong">{bytesText(row.payloadBytes)}</td>
      <td className="figure">
        <LastPacket log={log} record={row.lastRecord} />
      </td>
    </tr>
  );
}

/** The name of a flow, as its rows are headed. */
function flowName(document: TopologyDocument, machine: MachineDescription, flow: number): string {
  if (flow > 0) return machine.flows?.[flow]?.name ?? `Flow ${flow}`;
  return `${nodeName(document, document.transfer.from)} to ${nodeName(document, document.transfer.to)}`;
}

function numbersOf(flows: readonly LedgerFlow[]): readonly (readonly [number, string])[] {
  const words = new Map<number, string>();
  for (const { rows } of flows) {
    for (const { place, number } of rows) {
      if (place === 'memory' || number === undefined) continue;
      const before = words.get(place);
      words.set(place, before === undefined ? String(number) : `${before}+`);
    }
  }
  return [...words];
}

function LedgerHead() {
  return (
    <thead>
      <tr>
        <th scope="col" className="ledger-number">
          <span className="visually-hidden">Number in the scene</span>
        </th>
        <th scope="col">Link</th>
        <th scope="col">Direction</th>
        <th scope="col" className="figure">
          Wire
        </th>
        <th scope="col" className="ledger-meter">
          <span className="visually-hidden">Load as a bar</span>
        </th>
        <th scope="col" className="figure">
          Load
        </th>
        <th scope="col" className="figure">
          Payload
        </th>
        <th scope="col" className="figure">
          Packets
        </th>
        <th scope="col" className="figure">
          Since start
        </th>
        <th scope="col" className="figure">
          Last packet, ms
        </th>
      </tr>
    </thead>
  );
}

/** Every flow's way in numbers, for those who want nothing to move, and for everyone else. Design 11. */
export function FlowLedger({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const { follow, simulation } = useModel();
  const { machine, view, hops } = useLane(lane);
  const ledger = useMemo(
    () => (machine === undefined ? undefined : new Ledger(document, machine)),
    [document, machine],
  );
  const [shown, setShown] = useState<{ readonly of: Ledger; readonly flows: readonly LedgerFlow[] }>();
  useEvery(LEDGER_HZ, () => {
    if (ledger === undefined || view === undefined) return;
    const flows = ledger.read(view, hops?.log, hops?.present(simulation.player.now_ps));
    setShown({ of: ledger, flows });
    const numbers = numbersOf(flows);
    if (String(numbers) !== String(follow.getState().numbers)) follow.getState().set({ numbers });
  });
  useEffect(() => () => follow.getState().set({ numbers: [] }), [follow]);
  const flows = shown?.of === ledger ? shown?.flows : undefined;
  if (machine === undefined || flows === undefined) {
    return <p className="empty">The ledger lists each flow’s way as soon as the machine stands.</p>;
  }
  return (
    // A scrolling region has to be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="ledger-scroll" tabIndex={0} aria-label="Flow ledger">
      <table className="ledger">
        <LedgerHead />
        {flows.map(({ flow, rows }) => (
          <tbody key={flow}>
            {flows.length > 1 ? (
              <tr className="ledger-flow">
                <th scope="rowgroup" colSpan={10}>
                  {flowName(document, machine, flow)}
                </th>
              </tr>
            ) : undefined}
            {rows.map((row) => (
              <Line key={row.place} row={row} name={placeName(document, machine, row.place)} log={hops?.log} />
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}

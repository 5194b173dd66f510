import { ClipboardPaste, MoveRight } from 'lucide-react';
import { addressText, integerText, NO_VALUE } from '../../base/format.ts';
import { CLASS_OF_KIND, TLP_CLASS, TLP_KIND } from '../../core/pcie/tlp.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { AddressQuestion } from '../../engine/protocol.ts';
import { decodedRecord, functionOfId, memoryAt, ownerOf } from '../../store/inspectHeader.ts';
import { NO_STATUS, transactionOf } from '../../store/inspectJoin.ts';
import { machineCounter } from '../../store/metrics.ts';
import type { LaneState } from '../../store/session.ts';
import { useDocument, useInspect, useModel } from '../model.ts';
import { memoryName, nodeName, segmentName } from '../names.ts';
import { LiveText } from '../widgets/Live.tsx';
import { HeaderBits, titleOf, WITH_ADDRESS } from './HeaderBits.tsx';
import { PastePanel } from './PastePanel.tsx';
import { PayloadPreview } from './PayloadPreview.tsx';
import { otherEnd } from './PacketTable.tsx';
import { kindName, markOf, type RowSource, statusWord } from './rowCells.ts';
import { WireStrip } from './WireStrip.tsx';
import { Waterfall } from './Waterfall.tsx';
import { GoToHop } from '../time/GoToHop.tsx';

/** How often a packet is compared with the present: a machine may go back behind it. */
const LATER_HZ = 4;

function carries(kind: number): boolean {
  return kind === TLP_KIND.MWr || kind === TLP_KIND.CplD || kind === TLP_KIND.IOWr || kind >= TLP_KIND.FetchAdd;
}

/** Request and answers, as far as they are on record. */
function Transaction({
  source,
  record,
  onPick,
}: {
  readonly source: RowSource;
  readonly record: number;
  readonly onPick: (record: number) => void;
}) {
  const { log } = source;
  if (log.isPosted(record)) return <p className="muted">Posted: nobody answers it.</p>;
  const other = otherEnd(source, record);
  const serial = (of: number): string => integerText(log.serial[log.cell(of)] ?? 0);
  if (log.isCompletion(record)) {
    return other < 0 ? (
      <p className="muted">Its request is not on record.</p>
    ) : (
      <button type="button" className="button small" onClick={() => onPick(other)}>
        {`Request ${kindName(log, other)} ${serial(other)}`}
      </button>
    );
  }
  const { completions, status } = transactionOf(log, record);
  if (status === NO_STATUS.inside) {
    return <p className="muted">Asked and answered inside the host: no completion crosses a link.</p>;
  }
  if (completions.length === 0) return <p className="muted">No completion is on record yet.</p>;
  return (
    <>
      {completions.slice(0, 8).map((completion, index) => (
        <button key={completion} type="button" className="button small" onClick={() => onPick(completion)}>
          {`Completion ${completions.length > 1 ? `${index + 1} of ${completions.length}, ` : ''}${kindName(log, completion)} ${serial(completion)}, ${statusWord(log.status(completion))}`}
        </button>
      ))}
    </>
  );
}

/** Asks what the address of a request is called elsewhere: on its way up it is as its requester says it, below that as BARs do. */
function askAddress(
  { log, machine }: RowSource,
  record: number,
  ask: (node: NodeId | undefined, question: AddressQuestion) => void,
): void {
  const cell = log.cell(record);
  const requester = functionOfId(machine, log.requester[cell] ?? 0);
  const isUp = (log.segment[cell] ?? 0) % 2 === 1 && !log.isInsideHost(record);
  ask(requester, { by: isUp && requester !== undefined ? 'iova' : 'bus', address: log.address[cell] ?? 0 });
}

/** `iopmem0 BAR4 + 0x02B3_E600`, or what the address is in. */
function PlaceWords({ source, record }: { readonly source: RowSource; readonly record: number }) {
  const { log, document, machine } = source;
  if (!WITH_ADDRESS.has(log.kind(record)) && log.kind(record) !== TLP_KIND.CplD) return undefined;
  const address = log.address[log.cell(record)] ?? 0;
  const owner = ownerOf(machine, address);
  const held = memoryAt(machine, address);
  if (owner !== undefined) {
    return <code>{`${nodeName(document, owner.fn.id)} BAR${owner.bar} + ${addressText(owner.offset)}`}</code>;
  }
  return (
    <code>
      {held === undefined ? addressText(address) : `${memoryName(document, held.memory)} + ${addressText(held.offset)}`}
    </code>
  );
}

interface RecordDetailProps {
  readonly source: RowSource;
  readonly view: MachineView;
  readonly record: number;
}

function payloadWords(source: RowSource, record: number): string {
  return source.log.isCompletion(record)
    ? 'where it was read, as it is now: memory, not the packet’s own copy'
    : 'at its destination as it is now: memory, not the packet’s own copy';
}

function RecordDetail({ source, view, record }: RecordDetailProps) {
  const { view: views, inspect, memoryDesk } = useModel();
  const { log, machine, document } = source;
  const cell = log.cell(record);
  const tlp = decodedRecord(log, machine, record);
  const segment = log.segment[cell] ?? 0;
  const lengthBytes = log.lengthBytes[cell] ?? 0;
  const held =
    WITH_ADDRESS.has(log.kind(record)) || log.kind(record) === TLP_KIND.CplD
      ? memoryAt(machine, log.address[cell] ?? 0)
      : undefined;
  const ask = (node: NodeId | undefined, question: AddressQuestion): void => {
    memoryDesk.ask(node, question);
    if (held !== undefined) {
      inspect.getState().set({ memoryPlace: { memory: held.memory.index, offset: held.offset } });
      views.getState().set({ memory: held.memory.index });
    }
    views.getState().set({ view: 'memory', sheetOpen: true });
  };
  const pick = (next: number): void => inspect.getState().set({ selected: { log, record: next } });
  const payloadBytes = carries(log.kind(record)) ? lengthBytes : 0;
  return (
    <div className="tlp-detail">
      <header className="detail-head">
        <h2>{tlp === undefined ? kindName(log, record) : titleOf(tlp)}</h2>
        <span className="muted mono">{log.isCpuAccess(record) ? NO_VALUE : integerText(log.serial[cell] ?? 0)}</span>
        <p>
          <span>{segmentName(document, machine, segment)}</span> <PlaceWords source={source} record={record} />
          <LiveText
            className="muted"
            hz={LATER_HZ}
            read={() => ((log.start_ps[cell] ?? 0) > machineCounter(view, 'now_ps') ? ' later than this instant' : '')}
          />
        </p>
      </header>
      {tlp === undefined ? (
        <p className="muted">
          {log.isCpuAccess(record)
            ? 'A CPU reached memory without a link between: there is no TLP.'
            : 'Its length cannot stand in a header: it was broken on purpose.'}
        </p>
      ) : (
        <>
          <HeaderBits tlp={tlp} unrecorded />
          <WireStrip
            headerBytes={tlp.headerDwords * 4}
            payloadBytes={payloadBytes}
            digest={false}
            link={machine.links[Math.floor(segment / 2)]}
            mark={markOf(log, record)}
            payloadWords=""
          />
        </>
      )}
      <div className="detail-actions">
        <GoToHop start_ps={log.start_ps[cell] ?? 0} end_ps={log.end_ps[cell] ?? 0} />
        {log.isCpuAccess(record) ? undefined : <Transaction source={source} record={record} onPick={pick} />}
        {held === undefined ? undefined : (
          <button
            type="button"
            className="button small"
            onClick={() => {
              inspect.getState().set({ memoryPlace: { memory: held.memory.index, offset: held.offset } });
              views.getState().set({ view: 'memory', memory: held.memory.index });
            }}
          >
            Show in memory <MoveRight size={14} aria-hidden="true" />
          </button>
        )}
        {WITH_ADDRESS.has(log.kind(record)) ? (
          <button type="button" className="button small" onClick={() => askAddress(source, record, ask)}>
            Its addresses <MoveRight size={14} aria-hidden="true" />
          </button>
        ) : undefined}
      </div>
      <Waterfall source={source} record={record} onPick={pick} />
      {held !== undefined && payloadBytes > 0 ? (
        <PayloadPreview
          view={view}
          memory={held.memory}
          offset={held.offset}
          lengthBytes={payloadBytes}
          words={payloadWords(source, record)}
        />
      ) : undefined}
      {CLASS_OF_KIND[log.kind(record)] === TLP_CLASS.nonPosted && payloadBytes === 0 ? (
        <p className="muted">{`Asks for ${integerText(lengthBytes)} bytes and carries none.`}</p>
      ) : undefined}
    </div>
  );
}

/** One TLP: the one selected in the list, or one that was pasted. */
export function TlpDetail({ lane }: { readonly lane: LaneState }) {
  const document = useDocument((state) => state.document);
  const selected = useInspect((state) => state.selected);
  const pasting = useInspect((state) => state.pasting);
  const set = useInspect((state) => state.set);
  const { machine, hops, view } = lane;
  const log = hops?.log;
  const isHeld = selected !== undefined && selected.log === log && log.holds(selected.record);
  return (
    <section className="detail-panel" aria-label="TLP in detail">
      <div className="detail-tools">
        <button
          type="button"
          className="button small"
          aria-pressed={pasting}
          onClick={() => set({ pasting: !pasting })}
        >
          <ClipboardPaste size={14} aria-hidden="true" /> Paste a TLP
        </button>
      </div>
      {pasting ? (
        <PastePanel />
      ) : isHeld && machine !== undefined && view !== undefined ? (
        <RecordDetail source={{ log, document, machine }} view={view} record={selected.record} />
      ) : (
        <p className="empty">
          {selected !== undefined && selected.log === log
            ? 'This packet is no longer on record.'
            : 'Select a packet to see its header bit by bit, its way and its payload.'}
        </p>
      )}
    </section>
  );
}

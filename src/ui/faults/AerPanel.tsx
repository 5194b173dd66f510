import { useEffect, useId, useRef, useState } from 'react';
import { hex } from '../../base/bits.ts';
import { bdfText } from '../../core/pcie/bdf.ts';
import type { Bdf } from '../../base/units.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { RACE_LANES, type LaneId } from '../../store/session.ts';
import { wayWords } from '../../store/words.ts';
import { useDocument, useLane, useModel, useSession } from '../model.ts';
import { useEvery } from '../widgets/Live.tsx';
import { Segmented } from '../widgets/Segmented.tsx';
import { aerFacts, type AerBit, type AerFacts } from './aerRegisters.ts';
import { HeaderTable } from './ErrorLog.tsx';
import { functionName } from './faultWords.ts';

const READ_HZ = 2;

interface Shown {
  readonly lane: LaneId;
  readonly node: NodeId;
  readonly bytes: Uint8Array;
}

/** The configuration space of a function as it is now, read again while the machine runs. */
function useConfigSpace(lane: LaneId, node: NodeId | undefined): Uint8Array | undefined {
  const { simulation } = useModel();
  const { machine } = useLane(lane);
  const [shown, setShown] = useState<Shown>();
  const busy = useRef(false);
  const read = (): void => {
    if (node === undefined || machine === undefined || busy.current) return;
    busy.current = true;
    simulation.session.readConfig(lane, node).then(
      (bytes) => {
        busy.current = false;
        setShown((before) =>
          before?.node === node && before.lane === lane && same(before.bytes, bytes) ? before : { lane, node, bytes },
        );
      },
      // The machine is being replaced; the next look asks the new one.
      () => {
        busy.current = false;
      },
    );
  };
  useEvery(READ_HZ, read);
  // A new question is asked at once, even while the clock stands.
  const latest = useRef(read);
  useEffect(() => {
    latest.current = read;
  });
  // What it asks about is what this effect runs for.
  // oxlint-disable-next-line react/exhaustive-effect-dependencies
  useEffect(() => latest.current(), [lane, node, machine]);
  return shown?.node === node && shown?.lane === lane ? shown.bytes : undefined;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function BitTable({ title, bits }: { readonly title: string; readonly bits: readonly AerBit[] }) {
  const withSeverity = bits.some((bit) => bit.fatal !== undefined);
  return (
    <table className="aer-bits">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col" className="figure">
            Bit
          </th>
          <th scope="col">Error</th>
          <th scope="col">Status</th>
          <th scope="col">Mask</th>
          {withSeverity ? <th scope="col">Severity</th> : undefined}
        </tr>
      </thead>
      <tbody>
        {bits.map((bit) => (
          <tr key={bit.bit} className={bit.status ? 'aer-set' : undefined}>
            <td className="figure">{bit.bit}</td>
            <th scope="row">
              {bit.name}
              {bit.first ? <span className="chip strong">first</span> : undefined}
            </th>
            <td className="aer-status">{bit.status ? 1 : 0}</td>
            <td>{bit.masked ? 'masked' : ''}</td>
            {withSeverity ? <td>{bit.fatal === true ? 'fatal' : 'non-fatal'}</td> : undefined}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RootStatus({ root }: { readonly root: NonNullable<AerFacts['root']> }) {
  return (
    <section aria-labelledby="root-error-title">
      <h3 id="root-error-title">Root error status</h3>
      {root.set.length === 0 ? <p className="muted">No message was received.</p> : undefined}
      <ul className="root-flags">
        {root.set.map((flag) => (
          <li key={flag}>{flag}</li>
        ))}
      </ul>
      {root.set.length === 0 ? undefined : (
        <p className="hint">{`Source of correctable ${bdfText(root.correctableSource as Bdf)}, of the others ${bdfText(root.uncorrectableSource as Bdf)}.`}</p>
      )}
    </section>
  );
}

function Facts({ facts }: { readonly facts: AerFacts }) {
  return (
    <div className="aer">
      <BitTable title="Uncorrectable" bits={facts.uncorrectable} />
      <BitTable title="Correctable" bits={facts.correctable} />
      <div className="aer-side">
        <section aria-labelledby="registers-title">
          <h3 id="registers-title">{`AER at ${hex(facts.offset, 3).toUpperCase()}h`}</h3>
          <dl className="aer-registers">
            {facts.registers.map((register) => (
              <div key={register.name}>
                <dt>{register.name}</dt>
                <dd>
                  <code>{`${hex(register.offset, 3).toUpperCase()}h`}</code> <code>{hex(register.value, 8)}</code>
                </dd>
              </div>
            ))}
          </dl>
        </section>
        {facts.root === undefined ? undefined : <RootStatus root={facts.root} />}
        <section aria-labelledby="header-log-title">
          <h3 id="header-log-title">Header log</h3>
          {facts.headerLog.every((dword) => dword === 0) ? (
            <p className="muted">Empty.</p>
          ) : (
            <HeaderTable header={facts.headerLog} />
          )}
        </section>
      </div>
    </div>
  );
}

interface AerPanelProps {
  readonly node: NodeId;
  readonly lane: LaneId;
  readonly onNode: (node: NodeId) => void;
  readonly onLane: (lane: LaneId) => void;
}

/** Advanced Error Reporting of one function, bit by bit, as the hardware holds it now. */
export function AerPanel({ node, lane, onNode, onLane }: AerPanelProps) {
  const id = useId();
  const document = useDocument((state) => state.document);
  const lanes = useSession((state) => state.lanes);
  const { machine } = useLane(lane);
  const bytes = useConfigSpace(lane, node);
  const fn = document.functions.find((candidate) => candidate.id === node);
  const facts = bytes === undefined || fn === undefined ? undefined : aerFacts(bytes, fn.kind);
  return (
    <div className="aer-panel">
      <div className="aer-head">
        <label htmlFor={id}>Function</label>
        <select id={id} className="select" value={node} onChange={(event) => onNode(event.target.value)}>
          {document.functions.map((candidate) => (
            <option key={candidate.id} value={candidate.id}>
              {functionName(document, machine, candidate.id)}
            </option>
          ))}
        </select>
        <Segmented
          label="Machine whose registers are shown"
          value={lane}
          options={RACE_LANES.map((value) => ({ value, label: wayWords(lanes[value].way).name }))}
          onChange={onLane}
        />
      </div>
      {/* A scrolling region has to be reachable with the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className="aer-scroll" tabIndex={0} aria-label="AER registers">
        {facts === undefined ? (
          <p className="empty">
            {bytes === undefined
              ? 'Its configuration space is being read.'
              : 'This function has no Advanced Error Reporting.'}
          </p>
        ) : (
          <Facts facts={facts} />
        )}
      </section>
    </div>
  );
}

import { Copy } from 'lucide-react';
import { useId, useMemo, useState } from 'react';
import { hex } from '../../base/bits.ts';
import { readRegister } from '../../core/config/decode.ts';
import { lspciVerbose } from '../../core/config/lspciVerbose.ts';
import { registerMap, type PlacedRegister, type RegisterSection } from '../../core/config/registerMap.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../../core/pcie/verdict.ts';
import { classNameOf } from '../../import/classNames.ts';
import type { ConfigTab } from '../../store/inspectStore.ts';
import { RACE_LANES, type LaneId, type LaneState } from '../../store/session.ts';
import { verdictWords } from '../../store/words.ts';
import { bytesReader } from '../faults/aerRegisters.ts';
import { useDocument, useInspect, useModel } from '../model.ts';
import { nodeBdf, nodeName } from '../names.ts';
import { Tabs } from '../widgets/Tabs.tsx';
import { FilmPanel } from './film/FilmPanel.tsx';
import { RegisterBits } from './RegisterBits.tsx';
import { registerAccess, registerText } from './registerRows.ts';
import { useConfigBytes } from './useConfigBytes.ts';

const TABS = [
  { id: 'registers', label: 'Registers' },
  { id: 'text', label: 'lspci -vv' },
  { id: 'film', label: 'Enumeration' },
] as const satisfies readonly { readonly id: ConfigTab; readonly label: string }[];

interface ConfigShown {
  readonly bytes: Uint8Array;
  readonly before: Uint8Array;
  readonly map: readonly RegisterSection[];
}

function isChanged({ bytes, before }: ConfigShown, offset: number, count: number): boolean {
  for (let byte = offset; byte < offset + count; byte += 1) if (bytes[byte] !== before[byte]) return true;
  return false;
}

/** The header and every capability at their offsets. */
function CapabilityTree({
  shown,
  current,
  onCurrent,
}: {
  readonly shown: ConfigShown;
  readonly current: RegisterSection;
  readonly onCurrent: (offset: number) => void;
}) {
  return (
    <nav className="capabilities" aria-label="Capabilities">
      <ul>
        {shown.map.map((section) => {
          const hasChanged = section.registers.some((at) => isChanged(shown, at.offset, at.register.widthBits / 8));
          return (
            <li key={section.offset}>
              <button
                type="button"
                aria-current={section === current ? 'true' : undefined}
                onClick={() => onCurrent(section.offset)}
              >
                <code>{hex(section.offset, 2).toUpperCase()}</code>
                <i aria-hidden="true" />
                <span>{section.name}</span>
                {hasChanged ? (
                  <em>
                    <span aria-hidden="true">Δ</span>
                    <span className="visually-hidden">changed</span>
                  </em>
                ) : undefined}
              </button>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

interface RegisterTableProps {
  readonly shown: ConfigShown;
  readonly section: RegisterSection;
  readonly current: PlacedRegister | undefined;
  readonly onCurrent: (offset: number) => void;
}

function RegisterTable({ shown, section, current, onCurrent }: RegisterTableProps) {
  const reader = bytesReader(shown.bytes);
  if (section.registers.length === 0) {
    return <p className="muted">This capability is in the chain, but its registers are not part of this model.</p>;
  }
  return (
    // A scrolling region has to be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="register-scroll" tabIndex={0} aria-label={`Registers of ${section.name}`}>
      <table className="registers">
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Offset</th>
            <th scope="col">Register</th>
            <th scope="col">Value</th>
            <th scope="col">Access</th>
          </tr>
        </thead>
        <tbody>
          {section.registers.map((at) => {
            const changed = isChanged(shown, at.offset, at.register.widthBits / 8);
            return (
              <tr
                key={at.offset}
                aria-current={at === current ? 'true' : undefined}
                className={changed ? 'register-changed' : undefined}
              >
                <td>
                  <code>{hex(at.offset, 2).toUpperCase()}</code>
                </td>
                <th scope="row">
                  <button type="button" onClick={() => onCurrent(at.offset)}>
                    {at.name}
                  </button>
                </th>
                <td>
                  <code>
                    {registerText(
                      readRegister(reader, { ...at.register, offsetBytes: 0 }, at.offset),
                      at.register.widthBits,
                    )}
                  </code>
                  {changed ? <em>changed</em> : undefined}
                </td>
                <td className="quiet">{registerAccess(at)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

interface WrittenLine {
  readonly words: string;
  readonly verdict: PeerVerdict | undefined;
}

/** What was written and what the transfer's pair does now. */
function Written({ written }: { readonly written: WrittenLine }) {
  const set = useModel().view.getState().set;
  const { verdict } = written;
  return (
    <output className="config-written">
      <span>{written.words}</span>
      {verdict === undefined ? undefined : (
        <>
          <span>{`The transfer’s way: ${verdictWords(verdict.mapType).name.toLowerCase()}.`}</span>
          <button type="button" className="button small" onClick={() => set({ view: 'why', pair: undefined })}>
            See the route in Why
          </button>
        </>
      )}
    </output>
  );
}

interface RegistersProps {
  readonly shown: ConfigShown;
  readonly onWrite: (at: PlacedRegister, value: number) => void;
}

function Registers({ shown, onWrite }: RegistersProps) {
  const [sectionOffset, setSection] = useState(0);
  const [registerOffset, setRegister] = useState<number>();
  const section = shown.map.find((candidate) => candidate.offset === sectionOffset) ?? shown.map[0];
  if (section === undefined) return undefined;
  const chosen = section.registers.find((candidate) => candidate.offset === registerOffset);
  const at =
    chosen ?? section.registers.find((candidate) => registerAccess(candidate) === 'RW') ?? section.registers[0];
  const reader = bytesReader(shown.bytes);
  return (
    <div className="config-registers">
      <CapabilityTree shown={shown} current={section} onCurrent={setSection} />
      <RegisterTable shown={shown} section={section} current={at} onCurrent={setRegister} />
      {at === undefined ? undefined : (
        <RegisterBits
          key={at.offset}
          at={at}
          value={readRegister(reader, { ...at.register, offsetBytes: 0 }, at.offset)}
          before={readRegister(bytesReader(shown.before), { ...at.register, offsetBytes: 0 }, at.offset)}
          onWrite={(value) => onWrite(at, value)}
        />
      )}
    </div>
  );
}

function LspciText({ text }: { readonly text: string }) {
  const { announcer } = useModel();
  return (
    <div className="lspci">
      <button
        type="button"
        className="button small"
        onClick={() =>
          void navigator.clipboard.writeText(text).then(
            () => announcer.say('Text copied.'),
            () => announcer.say('The browser did not let the text be copied.'),
          )
        }
      >
        <Copy size={14} aria-hidden="true" /> Copy
      </button>
      {/* A scrolling region has to be reachable with the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section tabIndex={0} aria-label="lspci -vv text">
        <pre>{text}</pre>
      </section>
    </div>
  );
}

/** Functions in the order of their numbers, as a list to choose from. */
function useFunctions(lane: LaneState): readonly { readonly id: NodeId; readonly label: string }[] {
  const document = useDocument((state) => state.document);
  const { machine } = lane;
  return useMemo(
    () =>
      (machine?.functions ?? [])
        .map((fn) => ({ id: fn.id, bdf: nodeBdf(machine, fn.id) ?? '' }))
        .toSorted((a, b) => a.bdf.localeCompare(b.bdf))
        .map(({ id, bdf }) => ({ id, label: `${nodeName(document, id)} ${bdf}` })),
    [document, machine],
  );
}

/** What software would read with `lspci`, with sizes the machine knows. */
function useVerboseText(shown: ConfigShown | undefined, lane: LaneState, node: NodeId | undefined): string {
  const document = useDocument((state) => state.document);
  return useMemo(() => {
    if (shown === undefined || node === undefined) return '';
    const reader = bytesReader(shown.bytes);
    const described = lane.machine?.functions.find((fn) => fn.id === node);
    return lspciVerbose(reader, {
      address: nodeBdf(lane.machine, node) ?? '00:00.0',
      description: `${classNameOf(reader.read(0x0a, 2))}: ${nodeName(document, node)}`,
      barSizes: new Map((described?.bars ?? []).map((bar) => [bar.index, bar.sizeBytes])),
    });
  }, [shown, lane.machine, node, document]);
}

/** Configuration space of any function, live, and written to as software would. */
export function ConfigPanel({ lane, laneId }: { readonly lane: LaneState; readonly laneId: LaneId }) {
  const id = useId();
  const { simulation, announcer, inspect } = useModel();
  const document = useDocument((state) => state.document);
  const wished = useInspect((state) => state.node);
  const set = useInspect((state) => state.set);
  const functions = useFunctions(lane);
  const node = functions.find((fn) => fn.id === (wished ?? document.transfer.to))?.id ?? functions[0]?.id;
  const { bytes, before, trouble, write } = useConfigBytes(laneId, node);
  const tab = useInspect((state) => state.configTab);
  const [written, setWritten] = useState<WrittenLine>();
  const shown = useMemo(
    () =>
      bytes === undefined || before === undefined ? undefined : { bytes, before, map: registerMap(bytesReader(bytes)) },
    [bytes, before],
  );
  const text = useVerboseText(shown, lane, node);
  const onWrite = (at: PlacedRegister, value: number): void => {
    const count = at.register.widthBits / 8;
    void write(at.offset, count === 1 || count === 2 ? count : 4, value).then(async () => {
      const machines = RACE_LANES.filter((candidate) => simulation.session.lane(candidate).status === 'ready').length;
      const words = `${registerText(value, at.register.widthBits)} written to ${at.name}${machines > 1 ? ' in both machines' : ''}.`;
      const pair = lane.machine?.verdict;
      const verdict =
        pair === undefined
          ? undefined
          : await simulation.session.verdict(laneId, pair.provider, pair.client).catch(() => undefined);
      setWritten({ words, verdict });
      announcer.say(words);
    });
  };
  return (
    <section className="config-panel" aria-label="Configuration space">
      <header className="config-head">
        <h2>Configuration space</h2>
        {tab === 'film' ? undefined : (
          <>
            <label htmlFor={id} className="visually-hidden">
              Function
            </label>
            <select
              id={id}
              className="select"
              value={node ?? ''}
              onChange={(event) => {
                set({ node: event.target.value });
                setWritten(undefined);
              }}
            >
              {functions.map((fn) => (
                <option key={fn.id} value={fn.id}>
                  {fn.label}
                </option>
              ))}
            </select>
          </>
        )}
      </header>
      {shown === undefined ? (
        <p className="empty">The configuration space is being read.</p>
      ) : (
        <Tabs
          label="Configuration space"
          tabs={TABS}
          current={tab}
          onChange={(configTab) => set({ configTab, filmSince: inspect.getState().selected })}
          note={
            tab === 'film'
              ? 'A boot of this machine, recorded request by request'
              : 'Changes since the last step or write are marked'
          }
        >
          {tab === 'registers' ? <Registers key={node} shown={shown} onWrite={onWrite} /> : undefined}
          {tab === 'text' ? <LspciText text={text} /> : undefined}
          {tab === 'film' ? <FilmPanel lane={lane} /> : undefined}
        </Tabs>
      )}
      {trouble === undefined ? undefined : (
        <p className="hint hint-bad" role="alert">
          {trouble}
        </p>
      )}
      {written === undefined ? undefined : <Written written={written} />}
    </section>
  );
}

import { hex } from '../../base/bits.ts';
import { shortBdf } from '../../base/format.ts';
import { ACS_BITS } from '../../core/pcie/acs.ts';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import { ACS_BIT_WORDS, acsFacts, type AcsFacts } from '../../store/acsFacts.ts';
import { FUNCTION_ROWS, setAcsBit, setEgressBit, type FunctionRow } from '../../store/functionParameters.ts';
import { useDocument, useLane } from '../model.ts';
import { nodeBdf, nodeName } from '../names.ts';
import { groupsOf } from './groups.ts';
import { KIND_WORDS } from './kindWords.ts';
import { ParameterList } from './ParameterField.tsx';

function bitText(value: number | undefined, mask: number): string {
  return value === undefined ? '–' : (value & mask) === 0 ? '0' : '1';
}

function linuxWords(facts: AcsFacts, mask: number): string {
  if (facts.written === undefined) return '–';
  const before = (facts.firmware & mask) !== 0;
  const after = (facts.written & mask) !== 0;
  return before === after ? 'left' : after ? 'set' : 'cleared';
}

function AcsTable({
  fn,
  facts,
  where,
}: {
  readonly fn: FunctionSpec;
  readonly facts: AcsFacts;
  readonly where: string;
}) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  return (
    <section aria-labelledby="acs-facts-title">
      <header className="section-head">
        <h3 id="acs-facts-title">Access control services</h3>
        <code>{facts.written === undefined ? '' : `0x${hex(facts.written, 4)}`}</code>
      </header>
      <table className="acs-facts">
        <thead>
          <tr>
            <th scope="col">Bit</th>
            <th scope="col">Firmware</th>
            <th scope="col">Linux</th>
            <th scope="col">In effect</th>
          </tr>
        </thead>
        <tbody>
          {ACS_BIT_WORDS.map((bit) => {
            const mask = ACS_BITS[bit.name];
            const offered = (facts.capability & mask) !== 0;
            const on = (facts.firmware & mask) !== 0;
            return (
              <tr key={bit.name} title={bit.effect} className={offered ? undefined : 'acs-missing'}>
                <th scope="row">
                  <code>{bit.short}</code> {bit.long}
                </th>
                {offered ? undefined : (
                  <td colSpan={3} className="acs-absent">
                    not offered
                  </td>
                )}
                <td hidden={!offered}>
                  <button
                    type="button"
                    className="bit-button"
                    aria-pressed={on}
                    aria-label={`${bit.long} as firmware leaves it`}
                    onClick={() =>
                      edit(
                        `${where}: ${bit.short} ${on ? 'off' : 'on'} in firmware`,
                        setAcsBit(document, fn.id, bit.name, !on),
                      )
                    }
                  >
                    {on ? 1 : 0}
                  </button>
                </td>
                <td hidden={!offered}>{linuxWords(facts, mask)}</td>
                <td hidden={!offered} className="acs-effect">
                  {bitText(facts.written, mask)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="hint">{`${facts.sentence} (${facts.rule})`}</p>
    </section>
  );
}

/** Peers of a port on its switch, or on its root complex: what an egress vector can name. */
function EgressVector({ fn, where }: { readonly fn: FunctionSpec; readonly where: string }) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const { machine } = useLane('direct');
  const vector = fn.acs?.egressVector ?? 0;
  const peers = document.functions.filter(
    (other) => other.parent === fn.parent && other.kind === fn.kind && other.id !== fn.id,
  );
  if (((fn.acs?.capability ?? 0) & ACS_BITS.p2pEgressControl) === 0 || peers.length === 0) return undefined;
  return (
    <section aria-labelledby="egress-title">
      <h3 id="egress-title">Egress vector</h3>
      {peers.map((peer) => {
        const on = Math.floor(vector / 2 ** peer.device) % 2 === 1;
        const name = nodeBdf(machine, peer.id) ?? peer.name;
        return (
          <label key={peer.id} className="check-field egress">
            <input
              type="checkbox"
              checked={on}
              onChange={() =>
                edit(
                  `${where}: egress to ${name} ${on ? 'free' : 'controlled'}`,
                  setEgressBit(document, fn.id, peer.device, !on),
                )
              }
            />
            {`Requests to ${name} are controlled`}
          </label>
        );
      })}
      <p className="hint">With EC on: stopped as an ACS violation, or redirected where RR is on.</p>
    </section>
  );
}

function Rows({
  fn,
  section,
  title,
}: {
  readonly fn: FunctionSpec;
  readonly section: FunctionRow['section'];
  readonly title: string;
}) {
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  const rows = FUNCTION_ROWS.filter((row) => row.section === section && row.appliesTo(fn, document));
  const where = nodeBdf(machine, fn.id) ?? fn.name;
  if (rows.length === 0) return undefined;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ParameterList rows={rows.map((row) => row.parameter)} node={fn.id} where={where} />
    </section>
  );
}

function GroupFacts({ fn }: { readonly fn: FunctionSpec }) {
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  if (machine === undefined) return undefined;
  const group = groupsOf(machine).get(fn.id);
  const others = group === undefined ? [] : group.members.filter((member) => member !== fn.id);
  return (
    <section aria-labelledby="group-title">
      <h3 id="group-title">IOMMU group</h3>
      <p className="hint">
        {group === undefined
          ? 'None: groups exist only where an IOMMU driver is active.'
          : others.length === 0
            ? `Group ${group.number}: alone in it.`
            : `Group ${group.number}, with ${others.map((member) => nodeName(document, member)).join(', ')}.`}
      </p>
    </section>
  );
}

/** The function that is selected: its ACS bits, its link, its packets. */
export function FunctionPanel({ fn }: { readonly fn: FunctionSpec | undefined }) {
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  if (fn === undefined) {
    return (
      <div className="side-scroll machine-panel">
        <p className="empty-panel">Pick a port or a device in the scene or in the table.</p>
      </div>
    );
  }
  const facts = acsFacts(document, machine, fn);
  const bdf = machine?.functions.find((candidate) => candidate.id === fn.id)?.bdf;
  const where = bdf === undefined ? fn.name : shortBdf(bdf);
  return (
    <div className="side-scroll machine-panel">
      <header className="panel-head">
        <h2>{fn.name}</h2>
        <code>{bdf === undefined ? '' : shortBdf(bdf)}</code>
      </header>
      <p className="panel-sub">{KIND_WORDS[fn.kind]}</p>
      {facts === undefined ? (
        <p className="hint">This function has no ACS capability.</p>
      ) : (
        <AcsTable fn={fn} facts={facts} where={where} />
      )}
      <EgressVector fn={fn} where={where} />
      <GroupFacts fn={fn} />
      <Rows fn={fn} section="link" title="Link below this port" />
      <Rows fn={fn} section="packets" title="Packets" />
    </div>
  );
}

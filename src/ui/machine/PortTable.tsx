import { useMemo, useState } from 'react';
import { ACS_BITS, ACS_REDIRECT_MASK } from '../../core/pcie/acs.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import { ACS_BIT_WORDS, acsFacts, bdfsOf, type AcsBitWords, type AcsFacts } from '../../store/acsFacts.ts';
import { setAcsBit } from '../../store/functionParameters.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { indexDocument } from '../../topology/documentIndex.ts';
import { PanelEdge } from '../shell/PanelEdge.tsx';
import { useDocument, useLane, useView } from '../model.ts';
import { nodeBdf } from '../names.ts';
import { Segmented } from '../widgets/Segmented.tsx';
import { GROUP_COLOURS, groupsOf, type IommuGroup } from './groups.ts';
import { KIND_WORDS } from './kindWords.ts';

/** More rows than this no longer help; the scene and the filter reach the rest. */
const MOST_ROWS = 300;

interface TreeRow {
  readonly fn: FunctionSpec;
  readonly depth: number;
}

/** Functions as a tree: children below their parent, in the order of their numbers. */
function treeRows(document: TopologyDocument): readonly TreeRow[] {
  const { children } = indexDocument(document);
  const seen = new Set<NodeId>();
  const below = (parent: NodeId, depth: number): readonly TreeRow[] =>
    (children.get(parent) ?? []).flatMap((fn) => {
      if (seen.has(fn.id)) return [];
      seen.add(fn.id);
      return [{ fn, depth }, ...below(fn.id, depth + 1)];
    });
  return document.hostBridges.flatMap((bridge) => below(bridge.id, 0));
}

function bitWords(bit: AcsBitWords, facts: AcsFacts, where: string): string {
  const mask = ACS_BITS[bit.name];
  const now = facts.written === undefined ? 'not known yet' : (facts.written & mask) === 0 ? 'off' : 'on';
  return `${bit.long} on ${where}: ${now}, firmware left it ${(facts.firmware & mask) === 0 ? 'off' : 'on'}`;
}

function BitCell({
  fn,
  bit,
  facts,
  where,
}: {
  readonly fn: FunctionSpec;
  readonly bit: AcsBitWords;
  readonly facts: AcsFacts;
  readonly where: string;
}) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const mask = ACS_BITS[bit.name];
  if ((facts.capability & mask) === 0) {
    return (
      <td className="port-bit" title={`${bit.long}: not offered`}>
        <span className="bit-none" aria-hidden="true">
          ·
        </span>
        <span className="visually-hidden">not offered</span>
      </td>
    );
  }
  const left = (facts.firmware & mask) !== 0;
  const now = ((facts.written ?? facts.firmware) & mask) !== 0;
  const redirects = now && (mask & ACS_REDIRECT_MASK) !== 0;
  return (
    <td className="port-bit">
      <button
        type="button"
        className={`bit-button${redirects ? ' bit-redirects' : now ? ' bit-set' : ''}${left === now ? '' : ' bit-by-linux'}`}
        aria-pressed={left}
        aria-label={bitWords(bit, facts, where)}
        title={`${bitWords(bit, facts, where)}. Press to change what firmware leaves.`}
        onClick={() =>
          edit(`${where}: ${bit.short} ${left ? 'off' : 'on'} in firmware`, setAcsBit(document, fn.id, bit.name, !left))
        }
      >
        {now ? 1 : 0}
      </button>
    </td>
  );
}

function GroupChip({ group }: { readonly group: IommuGroup | undefined }) {
  if (group === undefined) return <span className="muted">–</span>;
  return (
    <span className={`group-chip group-${group.number % GROUP_COLOURS}`} title={`IOMMU group ${group.number}`}>
      {group.number}
    </span>
  );
}

function linkText(machine: MachineDescription | undefined, fn: FunctionSpec): string {
  const link = machine?.links.find((candidate) => candidate.upper === fn.id || candidate.lower === fn.id);
  if (link === undefined) return '';
  if (link.lower === undefined) return 'empty';
  return link.up ? `Gen${link.gen} x${link.width}` : 'down';
}

interface PortRowProps extends TreeRow {
  readonly machine: MachineDescription | undefined;
  readonly group: IommuGroup | undefined;
  readonly facts: AcsFacts | undefined;
}

function PortRow({ fn, depth, machine, group, facts }: PortRowProps) {
  const selection = useView((state) => state.selection);
  const set = useView((state) => state.set);
  const bdf = nodeBdf(machine, fn.id);
  const found = machine?.functions.find((candidate) => candidate.id === fn.id);
  return (
    <tr className={selection === fn.id ? 'port-current' : undefined}>
      <th scope="row" style={{ paddingInlineStart: `${depth * 14}px` }}>
        <button
          type="button"
          className="port-name"
          aria-current={selection === fn.id ? 'true' : undefined}
          onClick={() => set({ selection: fn.id })}
        >
          {fn.name}
        </button>
      </th>
      <td className="mono">{bdf ?? '–'}</td>
      <td className="port-kind">{KIND_WORDS[fn.kind]}</td>
      {facts === undefined ? (
        <td colSpan={ACS_BIT_WORDS.length} className="port-none">
          no ACS
        </td>
      ) : (
        ACS_BIT_WORDS.map((bit) => <BitCell key={bit.name} fn={fn} bit={bit} facts={facts} where={bdf ?? fn.name} />)
      )}
      <td>{linkText(machine, fn)}</td>
      <td className="figure">{found === undefined || found.mpsBytes === 0 ? '–' : `${found.mpsBytes} B`}</td>
      <td>
        <GroupChip group={group} />
      </td>
    </tr>
  );
}

type Filter = 'all' | 'acs';

/** Every function of the machine with its ACS bits, its link and its IOMMU group. */
export function PortTable() {
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  const [filter, setFilter] = useState<Filter>('all');
  const rows = useMemo(() => treeRows(document), [document]);
  const wanted = filter === 'all' ? rows : rows.filter((row) => row.fn.acs !== undefined);
  const groups = useMemo(() => (machine === undefined ? undefined : groupsOf(machine)), [machine]);
  const facts = useMemo(() => {
    const bdfOf = bdfsOf(machine);
    return new Map(document.functions.map((fn) => [fn.id, acsFacts(document, machine, fn, bdfOf)]));
  }, [document, machine]);
  return (
    <section className="port-dock" aria-labelledby="ports-title">
      <PanelEdge panel="dock" label="the table of ports" />
      <header className="section-head">
        <h2 id="ports-title">Ports and functions</h2>
        <p>
          {wanted.length > MOST_ROWS
            ? `the first ${MOST_ROWS} of ${wanted.length}; the scene reaches the others`
            : 'a bit shows what holds after boot; a corner marks what Linux changed; pressing changes what firmware leaves'}
        </p>
        <Segmented
          label="Functions shown"
          value={filter}
          options={[
            { value: 'all', label: 'All' },
            { value: 'acs', label: 'With ACS' },
          ]}
          onChange={setFilter}
        />
      </header>
      {/* A scrolling region has to be reachable with the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className="port-scroll" tabIndex={0} aria-label="Table of ports and functions">
        <table className="ports">
          <thead>
            <tr>
              <th scope="col">Function</th>
              <th scope="col">BDF</th>
              <th scope="col">Kind</th>
              {ACS_BIT_WORDS.map((bit) => (
                <th key={bit.name} scope="col" className="port-bit" title={`${bit.long}. ${bit.effect}`}>
                  {bit.short}
                  <span className="visually-hidden"> {bit.long}</span>
                </th>
              ))}
              <th scope="col">Link</th>
              <th scope="col" className="figure">
                MPS
              </th>
              <th scope="col">Group</th>
            </tr>
          </thead>
          <tbody>
            {wanted.slice(0, MOST_ROWS).map((row) => (
              <PortRow
                key={row.fn.id}
                {...row}
                machine={machine}
                group={groups?.get(row.fn.id)}
                facts={facts.get(row.fn.id)}
              />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

import { Copy, FoldVertical, Move, Pencil, Trash2 } from 'lucide-react';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { countText, sizeText } from '../../base/format.ts';
import type { FunctionSpec, HostBridgeSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { CACHE_ROWS, CORE_ROWS, MEMORY_ROWS, START_ROWS } from '../../store/editorHostParameters.ts';
import { rowsFor, type EditorSection } from '../../store/editorParameters.ts';
import { CPU_PARAMETERS, IOMMU_PARAMETERS, MEMORY_PARAMETERS, PAYLOAD_POLICY } from '../../store/hostParameters.ts';
import type { AnyParameter } from '../../store/parameters.ts';
import { KIND_WORDS } from '../machine/kindWords.ts';
import { ParameterList } from '../machine/ParameterField.tsx';
import { useDocument, useLane } from '../model.ts';
import { nodeBdf } from '../names.ts';
import { AcsSwitches } from './AcsSwitches.tsx';
import { DeviceFunctions } from './DeviceFunctions.tsx';
import { LinkProperties } from './LinkProperties.tsx';
import { useDesk, useEditor, useEditorState } from './useEditor.ts';

interface GroupProps {
  readonly title: string;
  readonly rows: readonly AnyParameter[];
  readonly node: NodeId;
  readonly where?: string;
  readonly folded?: boolean;
  /** A folded group that was asked for. */
  readonly open?: boolean;
}

function Group({ title, rows, node, where, folded = false, open = false }: GroupProps) {
  if (rows.length === 0) return undefined;
  const list = <ParameterList rows={rows} node={node} {...(where === undefined ? {} : { where })} />;
  if (!folded) {
    return (
      <section aria-label={title}>
        <h3>{title}</h3>
        {list}
      </section>
    );
  }
  return (
    <details open={open}>
      <summary>{title}</summary>
      {list}
    </details>
  );
}

function NameField({ node, name }: { readonly node: NodeId; readonly name: string }) {
  const editor = useEditor();
  const [text, setText] = useState(name);
  const field = useRef<HTMLInputElement>(null);
  // Whoever asked for the field types next.
  useEffect(() => field.current?.focus(), []);
  const problem =
    text.trim() === '' ? 'A name has at least one letter.' : text.length > 80 ? 'At most 80 letters.' : '';
  return (
    <div className="name-field">
      <input
        className="input"
        aria-label="Name"
        ref={field}
        value={text}
        aria-invalid={problem !== ''}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setText(event.target.value)}
        onBlur={stop}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && problem === '') {
            editor.send({ kind: 'rename', name: text.trim() });
            editor.scene?.focusNode(node);
          } else if (event.key === 'Escape') {
            stop();
            editor.scene?.focusNode(node);
          } else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {problem === '' ? undefined : <p className="hint hint-bad">{problem}</p>}
    </div>
  );
}

/** What can be done with the selection. @param node the one thing that is selected, if it is one. */
function Actions({ node }: { readonly node: NodeId | undefined }) {
  const editor = useEditor();
  const folds = useDocument(({ document }) => {
    const kind = document.functions.find((fn) => fn.id === node)?.kind;
    return kind === 'upstreamPort' || kind === 'pcieToPciBridge';
  });
  const folded = useEditorState((state) => node !== undefined && state.collapsed.has(node));
  return (
    <div className="property-tools">
      {node === undefined ? undefined : (
        <>
          <button
            type="button"
            className="icon-button small"
            aria-label="Rename"
            title="Rename (F2)"
            onClick={() => editor.send({ kind: 'startRename', node })}
          >
            <Pencil size={15} aria-hidden="true" />
          </button>
          <button
            type="button"
            className="icon-button small"
            aria-label="Move"
            title="Move (M)"
            onClick={() => editor.take({ kind: 'subtree', node })}
          >
            <Move size={15} aria-hidden="true" />
          </button>
        </>
      )}
      {folds && node !== undefined ? (
        <button
          type="button"
          className="icon-button small"
          aria-label={folded ? 'Expand' : 'Collapse'}
          title={folded ? 'Expand (C)' : 'Collapse (C)'}
          onClick={() => editor.fold(node)}
        >
          <FoldVertical size={15} aria-hidden="true" />
        </button>
      ) : undefined}
      <button
        type="button"
        className="icon-button small"
        aria-label="Duplicate"
        title="Duplicate (Ctrl D)"
        onClick={() => editor.send({ kind: 'duplicate' })}
      >
        <Copy size={15} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button small"
        aria-label="Remove"
        title="Remove (Delete)"
        onClick={() => editor.send({ kind: 'remove' })}
      >
        <Trash2 size={15} aria-hidden="true" />
      </button>
    </div>
  );
}

function FunctionProperties({ fn }: { readonly fn: FunctionSpec }) {
  const editor = useEditor();
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  const renaming = useEditorState(({ mode }) => mode.kind === 'renaming' && mode.node === fn.id);
  const where = editor.nameOf(fn.id);
  const rows = rowsFor(document, fn.id);
  const of = (section: EditorSection): readonly AnyParameter[] =>
    rows.filter((row) => row.section === section).map((row) => row.parameter);
  return (
    <div className="side-scroll machine-panel edit-properties">
      <header className="panel-head">
        {renaming ? <NameField node={fn.id} name={fn.name} /> : <h2>{fn.name}</h2>}
        <code>{nodeBdf(machine, fn.id) ?? ''}</code>
      </header>
      <div className="panel-line">
        <p className="panel-sub">{KIND_WORDS[fn.kind]}</p>
        <Actions node={fn.id} />
      </div>
      <DeviceFunctions fn={fn} />
      <LinkProperties node={fn.id} />
      <Group title={fn.kind === 'upstreamPort' ? 'Switch' : 'Device'} rows={of('device')} node={fn.id} where={where} />
      <AcsSwitches fn={fn} />
      <Group title="Memory" rows={of('bars')} node={fn.id} where={where} folded={fn.bars.length > 2} />
      <Group title="Packets" rows={of('packets')} node={fn.id} where={where} folded={of('packets').length > 3} />
      <Group title="Buffers and credits" rows={of('buffers')} node={fn.id} where={where} folded />
    </div>
  );
}

function HostProperties({ bridge }: { readonly bridge: HostBridgeSpec }) {
  const document = useDocument((state) => state.document);
  const opened = useDesk((state) => state.opened);
  const rows = rowsFor(document, bridge.id).map((row) => row.parameter);
  const renaming = useEditorState(({ mode }) => mode.kind === 'renaming' && mode.node === bridge.id);
  return (
    <div className="side-scroll machine-panel edit-properties">
      <header className="panel-head">
        {renaming ? <NameField node={bridge.id} name={bridge.name} /> : <h2>{bridge.name}</h2>}
        <code>{`bus ${bridge.rootBus.toString(16).padStart(2, '0')}`}</code>
      </header>
      <div className="panel-line">
        <p className="panel-sub">Root complex</p>
        <Actions node={bridge.id} />
      </div>
      <Group title="IOMMU" rows={IOMMU_PARAMETERS} node="" />
      <Group title="Buses and peer traffic" rows={rows} node={bridge.id} where={bridge.name} folded />
      <Group title="Processor" rows={[...CORE_ROWS, ...CPU_PARAMETERS]} node="" folded />
      <Group
        title="Memory"
        rows={[...MEMORY_ROWS, ...MEMORY_PARAMETERS, ...CACHE_ROWS]}
        node=""
        folded
        open={opened === 'memory'}
      />
      <Group title="Packet size and start" rows={[PAYLOAD_POLICY, ...START_ROWS]} node="" folded />
    </div>
  );
}

function Several({ nodes }: { readonly nodes: readonly NodeId[] }) {
  const editor = useEditor();
  return (
    <div className="side-scroll machine-panel edit-properties">
      <header className="panel-head">
        <h2>{`${nodes.length} things selected`}</h2>
      </header>
      <div className="panel-line">
        <p className="panel-sub">Ctrl C, Ctrl D, Delete</p>
        <Actions node={undefined} />
      </div>
      <ul className="several">
        {nodes.map((node) => (
          <li key={node}>
            <button type="button" className="check-place" onClick={() => editor.show(node, false)}>
              {editor.nameOf(node)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

const KEYS: readonly (readonly [string, string])[] = [
  ['A', 'Add to the port one is on'],
  ['M', 'Lift; arrows visit the ports that accept it'],
  ['Enter', 'Select, or put down'],
  ['Esc', 'Put back'],
  ['F2', 'Rename'],
  ['C', 'Collapse or expand a switch'],
  ['Ctrl D', 'Duplicate'],
  ['Delete', 'Remove with all below'],
  ['/', 'Find'],
];

function Nothing() {
  const document = useDocument((state) => state.document);
  const { memory, cpu } = document.host;
  const count = (kinds: readonly string[]): number => document.functions.filter((fn) => kinds.includes(fn.kind)).length;
  return (
    <div className="side-scroll machine-panel edit-properties">
      <header className="panel-head">
        <h2>{document.name}</h2>
      </header>
      <p className="panel-sub">
        {[
          countText(count(['rootPort']), 'root port'),
          countText(count(['upstreamPort']), 'switch', 'switches'),
          countText(count(['endpoint', 'legacyEndpoint', 'rcEndpoint', 'pciDevice']), 'device'),
        ].join(', ')}
      </p>
      <p className="hint">{`${cpu.model}, ${countText(cpu.cores, 'core')}, ${sizeText(memory.sizeBytes)} of ${memory.kind}.`}</p>
      <p className="hint">Select a device, a port, a switch or the host to set it.</p>
      <section aria-label="Keys of the scene">
        <h3>In the scene</h3>
        <dl className="edit-keys">
          {KEYS.map(([key, words]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}

/** Everything that can be set about what is selected. */
export function Properties() {
  const document = useDocument((state) => state.document);
  // The brackets in the drawing come first; a form of forty fields follows when there is time.
  const selected = useDeferredValue(useEditorState((state) => state.selected));
  if (selected.length > 1) return <Several nodes={selected} />;
  const [node] = selected;
  const fn = document.functions.find((candidate) => candidate.id === node);
  if (fn !== undefined) return <FunctionProperties key={fn.id} fn={fn} />;
  const bridge = document.hostBridges.find((candidate) => candidate.id === node);
  return bridge === undefined ? <Nothing /> : <HostProperties key={bridge.id} bridge={bridge} />;
}

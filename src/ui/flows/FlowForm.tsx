import { Check, Plus } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { addFlows, canAddFlow, freshFlowId, replaceFlow } from '../../store/flowEdits.ts';
import type { CpuMapping, FlowWork } from '../../topology/document.ts';
import { useDocument, useModel } from '../model.ts';
import { Segmented } from '../widgets/Segmented.tsx';
import {
  type DraftField,
  draftProblem,
  endsOf,
  fieldsOf,
  type FlowDraft,
  flowOf,
  newDraft,
  ofKind,
  startersOf,
} from './flowDraft.ts';
import { whatText } from './flowWords.ts';

interface FieldProps {
  readonly draft: FlowDraft;
  readonly change: (change: Partial<FlowDraft>) => void;
}

const KINDS: readonly { readonly value: FlowWork['kind']; readonly label: string }[] = [
  { value: 'transfer', label: 'Transfer' },
  { value: 'accesses', label: 'Accesses' },
  { value: 'cpu', label: 'CPU' },
];
const WAYS = [
  { value: 'p2p', label: 'P2P' },
  { value: 'bounce', label: 'Bounce' },
  { value: 'copy', label: 'CPU copy' },
] as const;
const MAPPINGS: readonly { readonly value: CpuMapping; readonly label: string }[] = [
  { value: 'UC', label: 'UC' },
  { value: 'WC', label: 'WC' },
  { value: 'WT', label: 'WT' },
  { value: 'WB', label: 'WB' },
];
const ACCESS_BYTES = [1, 2, 4, 8, 16, 32, 64] as const;

function TextRow({
  field,
  label,
  unit = '',
  help,
  draft,
  change,
}: FieldProps & {
  readonly field: Exclude<DraftField, 'to'>;
  readonly label: string;
  readonly unit?: string;
  readonly help: string;
}) {
  const id = useId();
  const problem = draftProblem(field, draft);
  return (
    <div className={field === 'name' ? 'parameter flow-name' : 'parameter'}>
      <label htmlFor={id}>{label}</label>
      <span className="parameter-input">
        <input
          id={id}
          className="input"
          spellCheck={false}
          autoComplete="off"
          value={field === 'name' ? draft.name : draft[field]}
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-help`}
          onChange={(event) => change({ [field]: event.target.value })}
        />
        {unit === '' ? undefined : <span className="unit">{unit}</span>}
      </span>
      <p id={`${id}-help`} className={problem === undefined ? 'hint' : 'hint hint-bad'}>
        {problem ?? help}
      </p>
    </div>
  );
}

function NodeRow({
  label,
  nodes,
  value,
  problem,
  onChange,
}: {
  readonly label: string;
  readonly nodes: readonly { readonly id: string; readonly name: string }[];
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (node: string) => void;
}) {
  const id = useId();
  return (
    <div className="parameter">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="select"
        value={value}
        aria-describedby={`${id}-help`}
        onChange={(event) => onChange(event.target.value)}
      >
        {nodes.map((node) => (
          <option key={node.id} value={node.id}>
            {node.name}
          </option>
        ))}
      </select>
      <p id={`${id}-help`} className="hint hint-bad">
        {problem}
      </p>
    </div>
  );
}

function ChoiceRow({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="parameter flow-choice">
      <span>{label}</span>
      {children}
    </div>
  );
}

function TransferFields(props: FieldProps) {
  const { draft, change } = props;
  return (
    <>
      <ChoiceRow label="Way">
        <Segmented label="Way" value={draft.way} options={WAYS} onChange={(way) => change({ way })} />
      </ChoiceRow>
      <TextRow field="size" label="Size" help="4 B to 256 MiB." {...props} />
      {draft.way === 'p2p' ? (
        <label className="check-field parameter">
          <input type="checkbox" checked={draft.force} onChange={(event) => change({ force: event.target.checked })} />
          Also where the kernel would refuse it
        </label>
      ) : (
        <>
          <TextRow field="chunk" label="Chunk" help="Bytes of one staging buffer." {...props} />
          <ChoiceRow label="Buffers">
            <Segmented
              label="Staging buffers"
              value={String(draft.buffers)}
              options={[
                { value: '1', label: '1' },
                { value: '2', label: '2' },
              ]}
              onChange={(buffers) => change({ buffers: buffers === '2' ? 2 : 1 })}
            />
          </ChoiceRow>
        </>
      )}
    </>
  );
}

function AccessFields(props: FieldProps) {
  const { draft, change } = props;
  return (
    <>
      <ChoiceRow label="Operation">
        <Segmented
          label="Operation"
          value={draft.isWrite ? 'write' : 'read'}
          options={[
            { value: 'read', label: 'Read' },
            { value: 'write', label: 'Write' },
          ]}
          onChange={(operation) => change({ isWrite: operation === 'write' })}
        />
      </ChoiceRow>
      <TextRow field="operationSize" label="Each" help="Bytes of one operation, 1 B to 4 KiB." {...props} />
      <TextRow field="operations" label="How many" help="Operations, 1 to 10 000 000." {...props} />
      <TextRow field="outstanding" label="At once" help="Operations under way, 1 to 32 768." {...props} />
      <TextRow field="window" label="Window" help="Memory they are spread over." {...props} />
      <ChoiceRow label="Places">
        <Segmented
          label="Places"
          value={draft.isRandom ? 'random' : 'sequential'}
          options={[
            { value: 'sequential', label: 'In order' },
            { value: 'random', label: 'Random' },
          ]}
          onChange={(pattern) => change({ isRandom: pattern === 'random' })}
        />
      </ChoiceRow>
    </>
  );
}

function CpuFields(props: FieldProps) {
  const { draft, change } = props;
  const id = useId();
  return (
    <>
      <ChoiceRow label="Instruction">
        <Segmented
          label="Instruction"
          value={draft.isWrite ? 'store' : 'load'}
          options={[
            { value: 'load', label: 'Load' },
            { value: 'store', label: 'Store' },
          ]}
          onChange={(operation) => change({ isWrite: operation === 'store' })}
        />
      </ChoiceRow>
      <ChoiceRow label="Mapping">
        <Segmented
          label="Mapping"
          value={draft.mapping}
          options={MAPPINGS}
          onChange={(mapping) => change({ mapping })}
        />
      </ChoiceRow>
      <div className="parameter">
        <label htmlFor={id}>Each</label>
        <select
          id={id}
          className="select"
          value={draft.accessBytes}
          onChange={(event) =>
            change({ accessBytes: ACCESS_BYTES.find((bytes) => String(bytes) === event.target.value) ?? 64 })
          }
        >
          {ACCESS_BYTES.map((bytes) => (
            <option key={bytes} value={bytes}>{`${bytes} B`}</option>
          ))}
        </select>
      </div>
      <TextRow field="size" label="Size" help="4 B to 256 MiB." {...props} />
    </>
  );
}

function EndFields({ draft, change }: FieldProps) {
  const document = useDocument((state) => state.document);
  const words = draft.kind === 'transfer' ? ['From', 'To'] : ['Device', 'Target'];
  return (
    <>
      {draft.kind === 'cpu' ? undefined : (
        <NodeRow
          label={words[0] ?? ''}
          nodes={startersOf(document, draft.kind)}
          value={draft.from}
          problem={undefined}
          onChange={(from) => change({ from })}
        />
      )}
      <NodeRow
        label={words[1] ?? ''}
        nodes={endsOf(document, draft.kind)}
        value={draft.to}
        problem={draftProblem('to', draft)}
        onChange={(to) => change({ to })}
      />
    </>
  );
}

/** Adds a flow to the document, or changes one. */
export function FlowForm({
  draft,
  onDraft,
}: {
  readonly draft: FlowDraft;
  readonly onDraft: (draft: FlowDraft) => void;
}) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const { announcer } = useModel();
  const change = (changes: Partial<FlowDraft>): void => onDraft({ ...draft, ...changes });
  const isBad = fieldsOf(draft).some((field) => draftProblem(field, draft) !== undefined);
  const isFull = draft.id === undefined && !canAddFlow(document);
  const submit = (): void => {
    if (isBad || isFull) return;
    const flow = flowOf(draft, freshFlowId(document), document);
    if (draft.id === undefined) edit(`Add flow ${flow.name}`, addFlows(document, [flow]));
    else edit(`Change flow ${flow.name}`, replaceFlow(document, flow));
    announcer.say(`${flow.name}: ${whatText(document, flow.work)}.`);
    onDraft({ ...newDraft(document), kind: draft.kind, from: draft.from, to: draft.to });
  };
  return (
    <form
      className="flow-form"
      aria-label={draft.id === undefined ? 'New flow' : 'Change the flow'}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <ChoiceRow label="Kind">
        <Segmented
          label="Kind of flow"
          value={draft.kind}
          options={KINDS}
          onChange={(kind) => onDraft(ofKind(draft, kind, document))}
        />
      </ChoiceRow>
      <EndFields draft={draft} change={change} />
      {draft.kind === 'transfer' ? (
        <TransferFields draft={draft} change={change} />
      ) : draft.kind === 'accesses' ? (
        <AccessFields draft={draft} change={change} />
      ) : (
        <CpuFields draft={draft} change={change} />
      )}
      <TextRow field="start_us" label="Starts at" unit="µs" help="Simulated time." draft={draft} change={change} />
      <TextRow field="name" label="Name" help="Empty: named after what it does." draft={draft} change={change} />
      <label className="check-field parameter">
        <input
          type="checkbox"
          checked={draft.background}
          onChange={(event) => change({ background: event.target.checked })}
        />
        In the background: repeats until the others are done
      </label>
      <div className="button-row">
        <button type="submit" className="button primary wide" disabled={isBad || isFull}>
          {draft.id === undefined ? <Plus size={15} aria-hidden="true" /> : <Check size={15} aria-hidden="true" />}
          {draft.id === undefined ? 'Add the flow' : 'Change the flow'}
        </button>
        {draft.id === undefined ? undefined : (
          <button type="button" className="button" onClick={() => onDraft(newDraft(document))}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}

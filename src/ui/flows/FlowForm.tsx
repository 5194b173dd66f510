import { Check, Plus } from 'lucide-react';
import { addFlows, canAddFlow, freshFlowId, replaceFlow } from '../../store/flowEdits.ts';
import type { CpuMapping, FlowWork } from '../../topology/document.ts';
import { useDocument, useModel } from '../model.ts';
import { CheckRow, SegmentedRow, SelectRow, TextRow } from '../widgets/FormRows.tsx';
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

/** A field of the draft, with what is wrong with it. */
function DraftRow({
  field,
  draft,
  change,
  ...row
}: FieldProps & {
  readonly field: Exclude<DraftField, 'to'>;
  readonly label: string;
  readonly unit?: string;
  readonly help: string;
  readonly className?: string;
}) {
  return (
    <TextRow
      {...row}
      value={draft[field]}
      problem={draftProblem(field, draft)}
      onChange={(text) => change({ [field]: text })}
    />
  );
}

function TransferFields(props: FieldProps) {
  const { draft, change } = props;
  return (
    <>
      <SegmentedRow label="Way" value={draft.way} options={WAYS} onChange={(way) => change({ way })} />
      <DraftRow field="size" label="Size" help="4 B to 256 MiB." {...props} />
      {draft.way === 'p2p' ? (
        <CheckRow checked={draft.force} onChange={(force) => change({ force })}>
          Also where the kernel would refuse it
        </CheckRow>
      ) : (
        <>
          <DraftRow field="chunk" label="Chunk" help="Bytes of one staging buffer." {...props} />
          <SegmentedRow
            label="Buffers"
            name="Staging buffers"
            value={String(draft.buffers)}
            options={[
              { value: '1', label: '1' },
              { value: '2', label: '2' },
            ]}
            onChange={(buffers) => change({ buffers: buffers === '2' ? 2 : 1 })}
          />
        </>
      )}
    </>
  );
}

function AccessFields(props: FieldProps) {
  const { draft, change } = props;
  return (
    <>
      <SegmentedRow
        label="Operation"
        value={draft.isWrite ? 'write' : 'read'}
        options={[
          { value: 'read', label: 'Read' },
          { value: 'write', label: 'Write' },
        ]}
        onChange={(operation) => change({ isWrite: operation === 'write' })}
      />
      <DraftRow field="operationSize" label="Each" help="Bytes of one operation, 1 B to 4 KiB." {...props} />
      <DraftRow field="operations" label="How many" help="Operations, 1 to 10 000 000." {...props} />
      <DraftRow field="outstanding" label="At once" help="Operations under way, 1 to 32 768." {...props} />
      <DraftRow field="window" label="Window" help="Memory they are spread over." {...props} />
      <SegmentedRow
        label="Places"
        value={draft.isRandom ? 'random' : 'sequential'}
        options={[
          { value: 'sequential', label: 'In order' },
          { value: 'random', label: 'Random' },
        ]}
        onChange={(pattern) => change({ isRandom: pattern === 'random' })}
      />
    </>
  );
}

function CpuFields(props: FieldProps) {
  const { draft, change } = props;
  return (
    <>
      <SegmentedRow
        label="Instruction"
        value={draft.isWrite ? 'store' : 'load'}
        options={[
          { value: 'load', label: 'Load' },
          { value: 'store', label: 'Store' },
        ]}
        onChange={(operation) => change({ isWrite: operation === 'store' })}
      />
      <SegmentedRow
        label="Mapping"
        value={draft.mapping}
        options={MAPPINGS}
        onChange={(mapping) => change({ mapping })}
      />
      <SelectRow
        label="Each"
        value={String(draft.accessBytes)}
        options={ACCESS_BYTES.map((bytes) => ({ id: String(bytes), label: `${bytes} B` }))}
        onChange={(id) => change({ accessBytes: ACCESS_BYTES.find((bytes) => String(bytes) === id) ?? 64 })}
      />
      <DraftRow field="size" label="Size" help="4 B to 256 MiB." {...props} />
    </>
  );
}

function optionsOf(nodes: ReturnType<typeof endsOf>): readonly { readonly id: string; readonly label: string }[] {
  return nodes.map(({ id, name }) => ({ id, label: name }));
}

function EndFields({ draft, change }: FieldProps) {
  const document = useDocument((state) => state.document);
  const words = draft.kind === 'transfer' ? ['From', 'To'] : ['Device', 'Target'];
  return (
    <>
      {draft.kind === 'cpu' ? undefined : (
        <SelectRow
          label={words[0] ?? ''}
          options={optionsOf(startersOf(document, draft.kind))}
          value={draft.from}
          onChange={(from) => change({ from })}
        />
      )}
      <SelectRow
        label={words[1] ?? ''}
        options={optionsOf(endsOf(document, draft.kind))}
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
      <SegmentedRow
        label="Kind"
        name="Kind of flow"
        value={draft.kind}
        options={KINDS}
        onChange={(kind) => onDraft(ofKind(draft, kind, document))}
      />
      <EndFields draft={draft} change={change} />
      {draft.kind === 'transfer' ? (
        <TransferFields draft={draft} change={change} />
      ) : draft.kind === 'accesses' ? (
        <AccessFields draft={draft} change={change} />
      ) : (
        <CpuFields draft={draft} change={change} />
      )}
      <DraftRow field="start_us" label="Starts at" unit="µs" help="Simulated time." draft={draft} change={change} />
      <DraftRow
        field="name"
        label="Name"
        help="Empty: named after what it does."
        className="flow-name"
        draft={draft}
        change={change}
      />
      <CheckRow checked={draft.background} onChange={(background) => change({ background })}>
        In the background: repeats until the others are done
      </CheckRow>
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

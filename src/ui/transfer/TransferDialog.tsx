import { useId, useMemo, useState } from 'react';
import { parseSize, sizeText } from '../../base/format.ts';
import { KIB, MIB } from '../../base/units.ts';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import type { TransferSpec, TransferWay } from '../../topology/document.ts';
import { useDocument, usePreferences } from '../model.ts';
import { nodeName } from '../names.ts';
import { usePlans } from '../usePlans.ts';
import { Dialog } from '../widgets/Dialog.tsx';
import { Segmented } from '../widgets/Segmented.tsx';
import { PlanCard } from './PlanCard.tsx';
import { devicesOf, roleText } from './deviceRoles.ts';

const WAYS: readonly TransferWay[] = ['p2p', 'bounce', 'copy'];
const SIZES: readonly number[] = [64 * KIB, MIB, 16 * MIB, 64 * MIB, 256 * MIB];
const CHUNKS: readonly number[] = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB];
const LEAST_BYTES = 4;
const MOST_BYTES = 256 * MIB;

/** The sentence that says what is wrong with a size, or undefined. */
function sizeProblem(text: string): string | undefined {
  const parsed = parseSize(text);
  if (!parsed.ok) return parsed.error;
  if (parsed.value < LEAST_BYTES || parsed.value > MOST_BYTES)
    return `From ${sizeText(LEAST_BYTES)} to ${sizeText(MOST_BYTES)}.`;
  return parsed.value % LEAST_BYTES === 0 ? undefined : 'A multiple of 4 bytes: transfers are made of doublewords.';
}

function DeviceSelect({
  label,
  devices,
  value,
  onChange,
}: {
  readonly label: string;
  readonly devices: readonly FunctionSpec[];
  readonly value: string;
  readonly onChange: (node: string) => void;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="select"
        data-first-focus
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {devices.map((fn) => (
          <option key={fn.id} value={fn.id}>
            {`${fn.name} (${roleText(fn)})`}
          </option>
        ))}
      </select>
    </div>
  );
}

function SizeField({
  text,
  problem,
  onChange,
}: {
  readonly text: string;
  readonly problem: string | undefined;
  readonly onChange: (text: string) => void;
}) {
  const id = useId();
  const bytes = parseSize(text);
  return (
    <div className="field">
      <label htmlFor={id}>Size</label>
      <div className="size-row">
        <input
          id={id}
          className="input"
          value={text}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onChange(event.target.value)}
        />
        {SIZES.map((size) => (
          <button
            key={size}
            type="button"
            className="button small"
            aria-pressed={bytes.ok && bytes.value === size}
            onClick={() => onChange(sizeText(size))}
          >
            {sizeText(size)}
          </button>
        ))}
      </div>
      <p id={`${id}-hint`} className={problem === undefined ? 'hint' : 'hint hint-bad'}>
        {problem ?? `${sizeText(LEAST_BYTES)} to ${sizeText(MOST_BYTES)}, for example 64 MiB or 0x10000.`}
      </p>
    </div>
  );
}

/** The form's own copy of a transfer; the size stays text until it is a size. */
function useDraft(transfer: TransferSpec) {
  const [draft, setDraft] = useState(transfer);
  const [sizeInput, setSizeInput] = useState(sizeText(transfer.bytes));
  const problem = sizeProblem(sizeInput);
  const change = (changes: Partial<TransferSpec>): void => setDraft((before) => ({ ...before, ...changes }));
  const setSize = (text: string): void => {
    setSizeInput(text);
    const parsed = parseSize(text);
    if (parsed.ok && sizeProblem(text) === undefined) change({ bytes: parsed.value });
  };
  return { draft, change, sizeInput, setSize, problem };
}

function StagingFields({
  draft,
  change,
}: {
  readonly draft: TransferSpec;
  readonly change: (changes: Partial<TransferSpec>) => void;
}) {
  const id = useId();
  const { bounce } = draft;
  const chunks = CHUNKS.includes(bounce.chunkBytes) ? CHUNKS : [...CHUNKS, bounce.chunkBytes].sort((a, b) => a - b);
  return (
    <div className="field">
      <label htmlFor={id}>Staging in host memory</label>
      <div className="size-row">
        <select
          id={id}
          className="select"
          value={bounce.chunkBytes}
          onChange={(event) => change({ bounce: { ...bounce, chunkBytes: Number(event.target.value) } })}
        >
          {chunks.map((bytes) => (
            <option key={bytes} value={bytes}>{`chunks of ${sizeText(bytes)}`}</option>
          ))}
        </select>
        <Segmented
          label="Buffers"
          value={bounce.buffers === 1 ? '1' : '2'}
          options={[
            { value: '1', label: '1 buffer' },
            { value: '2', label: '2 buffers' },
          ]}
          onChange={(value) => change({ bounce: { ...bounce, buffers: value === '1' ? 1 : 2 } })}
        />
        <Segmented
          label="Completion"
          value={bounce.completion}
          options={[
            { value: 'interrupt', label: 'Interrupt' },
            { value: 'polled', label: 'Polled' },
          ]}
          onChange={(value) => change({ bounce: { ...bounce, completion: value } })}
        />
      </div>
    </div>
  );
}

interface DraftProps {
  readonly draft: TransferSpec;
  readonly change: (changes: Partial<TransferSpec>) => void;
}

/** Who moves the second leg; and P2P against the kernel's will, where that is a question. */
function WayFields({ draft, change, refused }: DraftProps & { readonly refused: boolean }) {
  const bounceWay = usePreferences((state) => state.preferences.bounceWay);
  const changePreference = usePreferences((state) => state.change);
  return (
    <>
      <div className="field">
        <span className="field-label">Second leg of the bounce</span>
        <Segmented
          label="Second leg of the bounce"
          value={bounceWay}
          options={[
            { value: 'bounce', label: 'Device DMA' },
            { value: 'copy', label: 'CPU copy' },
          ]}
          onChange={(value) => changePreference({ bounceWay: value })}
        />
      </div>
      {refused || draft.force === true ? (
        <label className="check-field">
          <input
            type="checkbox"
            checked={draft.force === true}
            onChange={(event) => change({ force: event.target.checked })}
          />
          Run P2P even where the kernel refuses it, to see what the hardware does
        </label>
      ) : undefined}
    </>
  );
}

/** Source, destination, size and staging of the job, with what each way would do. */
export function TransferDialog({ onClose }: { readonly onClose: () => void }) {
  const document = useDocument((state) => state.document);
  const setTransfer = useDocument((state) => state.setTransfer);
  const bounceWay = usePreferences((state) => state.preferences.bounceWay);
  const { draft, change, sizeInput, setSize, problem } = useDraft(document.transfer);
  const devices = useMemo(() => devicesOf(document), [document]);
  const plans = usePlans(document, draft, WAYS);
  const refused = plans.p2p?.kind === 'machine' && plans.p2p.machine.plan.refused !== undefined;
  const apply = (): void => {
    if (problem !== undefined) return;
    const ends = `${nodeName(document, draft.from)} to ${nodeName(document, draft.to)}`;
    setTransfer(`${sizeText(draft.bytes)}, ${ends}`, draft);
    onClose();
  };
  const footer = (
    <>
      <p />
      <button type="button" className="button" onClick={onClose}>
        Cancel
      </button>
      <button type="button" className="button primary" disabled={problem !== undefined} onClick={apply}>
        Use this transfer
      </button>
    </>
  );
  return (
    <Dialog
      title="Transfer"
      subtitle="Which bytes move, from where to where. Both ways start again from time 0."
      size="medium"
      onClose={onClose}
      footer={footer}
    >
      <div className="transfer-form">
        <div className="field-pair">
          <DeviceSelect label="From" devices={devices} value={draft.from} onChange={(from) => change({ from })} />
          <DeviceSelect label="To" devices={devices} value={draft.to} onChange={(to) => change({ to })} />
        </div>
        <SizeField text={sizeInput} problem={problem} onChange={setSize} />
        <StagingFields draft={draft} change={change} />
        <WayFields draft={draft} change={change} refused={refused} />
        <div className="plan-cards">
          <PlanCard way="p2p" plan={plans.p2p} />
          <PlanCard way={bounceWay} plan={plans[bounceWay]} />
        </div>
      </div>
    </Dialog>
  );
}

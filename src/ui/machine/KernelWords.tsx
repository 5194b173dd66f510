import { Plus, X } from 'lucide-react';
import { useId, useState } from 'react';
import { drivesLink } from '../../topology/documentIndex.ts';
import { bdfsOf } from '../../store/acsFacts.ts';
import {
  addAcsEntry,
  addKernelWord,
  entryProblem,
  kernelRows,
  removeKernelRow,
  wordProblem,
  type AcsOption,
  type KernelRow,
} from '../../store/kernelWords.ts';
import { useDocument, useLane } from '../model.ts';

const KINDS: readonly {
  readonly value: AcsOption | 'word';
  readonly label: string;
  readonly help: string;
  readonly example: string;
}[] = [
  {
    value: 'disable_acs_redir',
    label: 'pci=disable_acs_redir=',
    help: 'What firmware left in this port’s ACS control, without RR, CR and EC.',
    example: '0000:02:00.0',
  },
  {
    value: 'config_acs',
    label: 'pci=config_acs=',
    help: 'Flags@device: 0 off, 1 on, x as firmware left it; rightmost SV, then TB, RR, CR, UF, EC, DT. Has the last word.',
    example: 'x0x00xx@0000:02:00.0',
  },
  {
    value: 'word',
    label: 'another word',
    help: 'Any word; pci= words of enumeration have an effect.',
    example: 'iommu=pt',
  },
];

const DEVICE_HELP =
  'A device is [domain:]bus:dev.fn, a path such as 00:01.0/00.0/01.0, or pci:vendor:device with 0 for any.';

function Row({ row }: { readonly row: KernelRow }) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const text = row.option === undefined ? row.text : `pci=${row.option}=${row.text}`;
  return (
    <li>
      <code>{text}</code>
      <button
        type="button"
        className="icon-button small"
        aria-label={`Remove ${text}`}
        title="Remove"
        onClick={() => edit(`Remove ${text}`, removeKernelRow(document, row))}
      >
        <X size={14} aria-hidden="true" />
      </button>
    </li>
  );
}

function AddRow() {
  const id = useId();
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const { machine } = useLane('direct');
  const [kind, setKind] = useState<AcsOption | 'word'>('disable_acs_redir');
  const [text, setText] = useState('');
  const row = KINDS.find((candidate) => candidate.value === kind);
  const problem = kind === 'word' ? wordProblem(text) : entryProblem(kind, text);
  const bdfOf = bdfsOf(machine);
  const ports = document.functions.filter((fn) => drivesLink(fn.kind) && fn.acs !== undefined);
  const add = (): void => {
    if (problem !== undefined) return;
    const edited = kind === 'word' ? addKernelWord(document, text.trim()) : addAcsEntry(document, kind, text);
    edit(`Add ${kind === 'word' ? text.trim() : `pci=${kind}=${text}`}`, edited);
    setText('');
  };
  return (
    <form
      className="kernel-add"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <select
        className="select"
        aria-label="Kernel parameter"
        value={kind}
        onChange={(event) =>
          setKind(KINDS.find((candidate) => candidate.value === event.target.value)?.value ?? 'word')
        }
      >
        {KINDS.map((candidate) => (
          <option key={candidate.value} value={candidate.value}>
            {candidate.label}
          </option>
        ))}
      </select>
      <span className="kernel-line">
        <input
          className="input mono"
          aria-label={kind === 'word' ? 'Word' : kind === 'config_acs' ? 'Flags and device' : 'Device'}
          list={kind === 'disable_acs_redir' ? `${id}-ports` : undefined}
          spellCheck={false}
          autoComplete="off"
          placeholder={row?.example}
          value={text}
          aria-invalid={text !== '' && problem !== undefined}
          aria-describedby={`${id}-help`}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button small" disabled={problem !== undefined}>
          <Plus size={14} aria-hidden="true" />
          Add
        </button>
      </span>
      <datalist id={`${id}-ports`}>
        {ports.map((fn) => {
          const bdf = bdfOf(fn.id);
          return bdf === undefined ? undefined : (
            <option key={fn.id} value={bdf}>
              {fn.name}
            </option>
          );
        })}
      </datalist>
      <p id={`${id}-help`} className={text !== '' && problem !== undefined ? 'hint hint-bad' : 'hint'}>
        {text !== '' && problem !== undefined ? problem : `${row?.help ?? ''} ${kind === 'word' ? '' : DEVICE_HELP}`}
      </p>
    </form>
  );
}

/** The kernel's command line: what is on it, and a checked way to add to it. */
export function KernelWords() {
  const words = useDocument((state) => state.document.host.kernelParameters);
  const rows = kernelRows(words ?? []);
  return (
    <section aria-labelledby="kernel-words-title">
      <h3 id="kernel-words-title">Kernel command line</h3>
      {rows.length === 0 ? <p className="hint">No word that changes policy.</p> : undefined}
      <ul className="kernel-words">
        {rows.map((row) => (
          <Row key={`${row.item} ${row.entry}`} row={row} />
        ))}
      </ul>
      <AddRow />
    </section>
  );
}

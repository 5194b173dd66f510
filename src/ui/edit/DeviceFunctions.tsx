import { shortBdf } from '../../base/format.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { kindWord } from '../../render/layout/deviceClasses.ts';
import { drivesLink, isBridge } from '../../topology/documentIndex.ts';
import { useDocument, useLane } from '../model.ts';
import { useEditor } from './useEditor.ts';

/** More of one kind are folded away. */
const MOST_SHOWN = 4;

/** Functions of the same device, by what they are, in the order of their numbers. */
function byKind(functions: readonly FunctionSpec[]): readonly (readonly [word: string, functions: FunctionSpec[]])[] {
  const kinds = new Map<string, FunctionSpec[]>();
  for (const fn of functions) {
    const known = kinds.get(kindWord(fn));
    if (known === undefined) kinds.set(kindWord(fn), [fn]);
    else known.push(fn);
  }
  return [...kinds];
}

function FunctionList({
  functions,
  current,
}: {
  readonly functions: readonly FunctionSpec[];
  readonly current: NodeId;
}) {
  const editor = useEditor();
  const { machine } = useLane('direct');
  const bdfs = new Map(machine?.functions.map((fn) => [fn.id, fn.bdf]));
  return (
    <ul className="several">
      {functions.map((fn) => (
        <li key={fn.id}>
          <button
            type="button"
            className="check-place"
            aria-current={fn.id === current}
            onClick={() => editor.select([fn.id])}
          >
            {`${fn.name} ${shortBdf(bdfs.get(fn.id) ?? '')}`}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** A device of several functions is one card: here each of them can be reached; many of one kind are `64 × NIC VF`. */
export function DeviceFunctions({ fn }: { readonly fn: FunctionSpec }) {
  const functions = useDocument((state) => state.document.functions);
  const parent = functions.find((other) => other.id === fn.parent);
  // Below a link all is one device, virtual functions with numbers of their own included.
  const isAlone = parent !== undefined && drivesLink(parent.kind);
  const mates = functions
    .filter((other) => other.parent === fn.parent && (isAlone || other.device === fn.device) && !isBridge(other.kind))
    .toSorted((a, b) => a.fn - b.fn);
  if (isBridge(fn.kind) || mates.length < 2) return undefined;
  return (
    <section aria-label="Functions of this device">
      <h3>Functions of this device</h3>
      {byKind(mates).map(([word, alike]) =>
        alike.length > MOST_SHOWN ? (
          <details key={word} open={alike.some(({ id }) => id === fn.id && fn.fn > 0)}>
            <summary>{`${alike.length} × ${word}`}</summary>
            <FunctionList functions={alike} current={fn.id} />
          </details>
        ) : (
          <FunctionList key={word} functions={alike} current={fn.id} />
        ),
      )}
    </section>
  );
}

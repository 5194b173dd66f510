import { ArrowRight, Undo2 } from 'lucide-react';
import { actionById } from '../../store/actions.ts';
import { verdictWords } from '../../store/words.ts';
import { useAction, useDocument, useLane } from '../model.ts';
import { nodeName } from '../names.ts';
import { VerdictGlyph } from '../widgets/VerdictGlyph.tsx';
import { useMachineChange, type LastChange } from './useMachineChange.ts';

function ChangeWords({ change }: { readonly change: LastChange }) {
  if (change.verdict.length === 0) {
    return (
      <span className="change-quiet">
        {change.elsewhere.length === 0
          ? 'Same route, same verdict, same registers.'
          : `Same route and verdict. Changed: ${change.elsewhere.join(', ')}.`}
      </span>
    );
  }
  return (
    <>
      {change.verdict.map((row) => (
        <span key={row.label} className="change-row">
          <span className="change-label">{row.label}</span>
          <span className="change-words">
            <s>{row.before}</s>
            <ArrowRight size={13} aria-label="now" />
            <strong>{row.after}</strong>
          </span>
        </span>
      ))}
    </>
  );
}

/** The transfer's pair as the machine stands, and what the last edit made of it. */
export function ChangeBanner() {
  const document = useDocument((state) => state.document);
  const undoable = useDocument((state) => state.past.length > 0);
  const { machine } = useLane('direct');
  const perform = useAction();
  const change = useMachineChange();
  const verdict = machine?.verdict;
  return (
    <header className="change-banner">
      <p className="change-pair">
        {`${nodeName(document, verdict?.client ?? document.transfer.from)} to ${nodeName(document, verdict?.provider ?? document.transfer.to)}`}
        {verdict === undefined ? undefined : (
          <span className="change-verdict">
            <VerdictGlyph kind={verdict.mapType} />
            {verdictWords(verdict.mapType).name}
          </span>
        )}
      </p>
      <output className="change-last" aria-label="What the last change did">
        {change === undefined ? (
          <span className="change-quiet">
            Every change builds the machine anew; what it does to this pair shows here.
          </span>
        ) : (
          <>
            <span className="change-label">
              {change.label}
              {change.verdict.length > 0 && change.elsewhere.length > 0 ? (
                <span className="change-quiet">{` also changed ${change.elsewhere.join(', ')}`}</span>
              ) : undefined}
            </span>
            <ChangeWords change={change} />
          </>
        )}
      </output>
      <button
        type="button"
        className="button small"
        disabled={!undoable || change === undefined}
        onClick={() => perform(actionById('undo'))}
      >
        <Undo2 size={14} aria-hidden="true" />
        Undo this
      </button>
    </header>
  );
}

import { Info, OctagonAlert, TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import { countText, rateText } from '../../base/format.ts';
import type { Severity } from '../../base/diagnostic.ts';
import type { Check, LinkShortfall } from '../../topology/edit/api.ts';
import { linkText } from '../../topology/edit/links.ts';
import { useDocument, useLane } from '../model.ts';
import { editorChecks } from '../../store/editorChecks.ts';
import { currentOffer } from '../../store/editorState.ts';
import { placeName } from './editor.ts';
import { RestartNote } from './RunBanner.tsx';
import { useDesk, useEditor, useEditorState } from './useEditor.ts';

const ICONS = { error: OctagonAlert, warning: TriangleAlert, note: Info } as const;
const WORDS: Readonly<Record<Severity, string>> = { error: 'Error', warning: 'Warning', note: 'Note' };

function summary(checks: readonly Check[]): string {
  if (checks.length === 0) return 'nothing to say';
  const count = (severity: Severity): number => checks.filter((check) => check.severity === severity).length;
  return (['error', 'warning', 'note'] as const)
    .flatMap((severity) => (count(severity) === 0 ? [] : [countText(count(severity), severity)]))
    .join(', ');
}

function CheckRow({ check }: { readonly check: Check }) {
  const editor = useEditor();
  const document = useDocument((state) => state.document);
  const Icon = ICONS[check.severity];
  const place = check.node === undefined ? 'Machine' : editor.nameOf(check.node);
  const { node } = check;
  return (
    <li className="check-row">
      <span className={`check-icon check-${check.severity}`} title={check.code}>
        <Icon size={13} aria-label={WORDS[check.severity]} />
      </span>
      {node === undefined ? (
        <span className="check-place">{place}</span>
      ) : (
        <button type="button" className="check-place" onClick={() => editor.show(node, false)}>
          {place}
        </button>
      )}
      <p className="check-text" title={check.fix}>
        {check.message}
      </p>
      <span className="check-fixes">
        {check.fixes.map((fix) => (
          <button
            key={fix.label}
            type="button"
            className="check-fix"
            onClick={() => editor.apply(fix.apply(document), false)}
          >
            {fix.label}
          </button>
        ))}
      </span>
    </li>
  );
}

function shortfallWords(shortfall: LinkShortfall | undefined): string {
  if (shortfall === undefined) return '';
  return ` The card could do ${linkText(shortfall.card)}, ${rateText(shortfall.cardBytesPerSecond)}.`;
}

/** The shortfall of what is about to be dropped, as a row above the machine's own. */
function DropRow() {
  const editor = useEditor();
  const offer = useEditorState((state) => currentOffer(state.mode));
  if (offer === undefined) return undefined;
  const severity: Severity = offer.legal ? (offer.shortfall === undefined ? 'note' : 'warning') : 'error';
  const Icon = ICONS[severity];
  return (
    <li className="check-row check-drop">
      <span className={`check-icon check-${severity}`}>
        <Icon size={13} aria-label={WORDS[severity]} />
      </span>
      <span className="check-place">{editor.placeName(offer.target)}</span>
      <p className="check-text">{offer.legal ? `${offer.preview}.${shortfallWords(offer.shortfall)}` : offer.reason}</p>
    </li>
  );
}

/** What the rules say about the machine as it stands; a row selects its object, a button mends it. */
export function Checks() {
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  const note = useDesk((state) => state.note);
  const checks = useMemo(
    () => editorChecks(document, machine, (node) => placeName(document, machine, node)),
    [document, machine],
  );
  return (
    <section className="edit-checks" aria-labelledby="edit-checks-title">
      <header className="dock-head">
        <h2 id="edit-checks-title">Checks</h2>
        <span className="quiet">{summary(checks)}</span>
        {note === undefined ? undefined : (
          <p className={note.isRefusal ? 'edit-note edit-note-refused' : 'edit-note'}>{note.text}</p>
        )}
      </header>
      <div className="dock-scroll" tabIndex={-1}>
        <ul aria-label="Checks of the machine">
          <DropRow />
          {checks.map((check) => (
            <CheckRow key={check.key} check={check} />
          ))}
        </ul>
        <RestartNote />
      </div>
    </section>
  );
}

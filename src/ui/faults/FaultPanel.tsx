import { Pencil, X } from 'lucide-react';
import { durationText } from '../../base/format.ts';
import type { FaultSpec } from '../../core/pcie/faults.ts';
import { mending, placeOfFault } from '../../store/faultTable.ts';
import { removePlannedFault } from '../../store/faultEdits.ts';
import { hasHappened, type Injection } from '../../store/faultLab.ts';
import type { LaneId } from '../../store/session.ts';
import { wayWords } from '../../store/words.ts';
import { useDocument, useFaultLab, useLane, useModel, usePlayer, useSession } from '../model.ts';
import { experimentsFor, type Experiment } from './experiments.ts';
import { FaultForm } from './FaultForm.tsx';
import { faultSentence, faultWords } from './faultWords.ts';
import { formOf, type FormState } from './formState.ts';

function PlannedFaults({ onForm }: { readonly onForm: (form: FormState) => void }) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const { machine } = useLane('direct');
  const faults = document.faults ?? [];
  if (faults.length === 0) return undefined;
  return (
    <section aria-labelledby="planned-title">
      <h3 id="planned-title">In every run</h3>
      <ul className="fault-list">
        {faults.map((planned, index) => {
          const words = faultWords(document, machine, planned.fault);
          const sentence = faultSentence(document, machine, planned.fault);
          return (
            // Two equal faults at one time are told apart by their place alone.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index}>
              <span className="fault-time">{durationText(planned.at_ps)}</span>
              <span className="fault-words">
                <strong>{words.label}</strong> {words.detail}
                <span>{words.place}</span>
              </span>
              <button
                type="button"
                className="icon-button small"
                aria-label={`Change ${sentence}`}
                onClick={() => onForm(formOf(planned.fault, planned.at_ps, index))}
              >
                <Pencil size={13} aria-hidden="true" />
              </button>
              <button
                type="button"
                className="icon-button small"
                aria-label={`Remove ${sentence}`}
                onClick={() => edit(`Remove from plan: ${sentence}`, removePlannedFault(document, index))}
              >
                <X size={14} aria-hidden="true" />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Who refused and why; one line where both machines say the same. */
function refusalsOf(
  { lanes }: Injection,
  nameOf: (lane: LaneId) => string,
): readonly { readonly who: string; readonly refused: string }[] {
  const refusals = lanes.flatMap(({ lane, refused }) =>
    refused === undefined ? [] : [{ who: nameOf(lane), refused }],
  );
  const [first, second] = refusals;
  return first !== undefined && second?.refused === first.refused ? [{ ...first, who: 'Both' }] : refusals;
}

function InjectionRow({ injection }: { readonly injection: Injection }) {
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  const lanes = useSession((state) => state.lanes);
  const words = faultWords(document, machine, injection.fault);
  const { faultLab } = useModel();
  const phase = usePlayer((state) => state.phase);
  const taken = injection.lanes.filter((lane) => lane.refused === undefined).map((lane) => lane.lane);
  const mend = mending(injection.fault);
  const mended = useFaultLab((state) =>
    state.injections.some(
      ({ serial, fault }) =>
        serial > injection.serial &&
        fault.kind === mend?.fault.kind &&
        placeOfFault(fault) === placeOfFault(injection.fault),
    ),
  );
  const isAhead = useFaultLab(
    (state) =>
      taken.length > 0 && !injection.lanes.some((each) => each.refused === undefined && hasHappened(each, state.lanes)),
  );
  const refusals = refusalsOf(injection, (lane) => wayWords(lanes[lane].way).name);
  return (
    <li>
      <span className="fault-time">{durationText(Math.max(0, ...injection.lanes.map((lane) => lane.at_ps)))}</span>
      <span className="fault-words">
        <strong>{words.label}</strong> {words.detail}
        <span>{words.place}</span>
        {isAhead ? <span>Later in this run</span> : undefined}
        {refusals.map(({ who, refused }) => (
          <span key={who} className="hint-bad">{`${who} refused: ${refused}`}</span>
        ))}
      </span>
      {mend === undefined || mended || taken.length === 0 || isAhead || phase === 'finished' ? undefined : (
        <button type="button" className="button small" onClick={() => void faultLab.inject(mend.fault, taken)}>
          {mend.label}
        </button>
      )}
    </li>
  );
}

function Injections() {
  const injections = useFaultLab((state) => state.injections);
  if (injections.length === 0) return undefined;
  return (
    <section aria-labelledby="injected-title">
      <h3 id="injected-title">Injected into this run</h3>
      <ul className="fault-list">
        {injections.toReversed().map((injection) => (
          <InjectionRow key={injection.serial} injection={injection} />
        ))}
      </ul>
    </section>
  );
}

/** What to try when nothing has been broken yet. */
function Experiments({ onTry }: { readonly onTry: (experiment: Experiment) => void }) {
  const document = useDocument((state) => state.document);
  return (
    <section aria-labelledby="try-title">
      <h3 id="try-title">Try one</h3>
      <ul className="experiments">
        {experimentsFor(document).map((experiment) => (
          <li key={experiment.id}>
            <button type="button" className="experiment" onClick={() => onTry(experiment)}>
              <strong>{experiment.label}</strong>
              <span>{experiment.note}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface FaultPanelProps {
  readonly form: FormState;
  readonly onForm: (form: FormState) => void;
}

/** The form, and below it what has been broken and what will be. */
export function FaultPanel({ form, onForm }: FaultPanelProps) {
  const { simulation } = useModel();
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const { machine } = useLane('direct');
  const untouched = useFaultLab((state) => state.injections.length === 0) && (document.faults ?? []).length === 0;
  const tryOne = ({ fault, plan }: Experiment): void => {
    edit(`Experiment: ${sentenceOf(fault)}`, plan(document));
    // The machines are built anew by now; the clock starts once they stand.
    void simulation.toggle();
  };
  const sentenceOf = (fault: FaultSpec): string => faultSentence(document, machine, fault);
  return (
    <div className="side-scroll fault-panel">
      {untouched ? <Experiments onTry={tryOne} /> : undefined}
      <FaultForm form={form} onForm={onForm} />
      <PlannedFaults onForm={onForm} />
      <Injections />
    </div>
  );
}

import { CalendarPlus, Zap } from 'lucide-react';
import { useState } from 'react';
import { PS_PER_US } from '../../base/units.ts';
import type { FaultSpec } from '../../core/pcie/faults.ts';
import { addPlannedFault, editPlannedFault } from '../../store/faultEdits.ts';
import { draftProblem, faultOf, faultRow } from '../../store/faultTable.ts';
import { RACE_LANES } from '../../store/session.ts';
import { useDocument, useLane, useModel, usePlayer } from '../model.ts';
import { KindFields, KindSelect, PlaceSelect, WhenFields } from './FaultFields.tsx';
import { faultSentence } from './faultWords.ts';
import { draftOf, placeIn, timeProblem, type FormState } from './formState.ts';

interface FaultFormProps {
  readonly form: FormState;
  readonly onForm: (form: FormState) => void;
}

/** Which fault, where, how much and when; into the machines now or into the plan of every run. */
export function FaultForm({ form, onForm }: FaultFormProps) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const { faultLab, announcer } = useModel();
  const { machine } = useLane('direct');
  const phase = usePlayer((state) => state.phase);
  const [refusal, setRefusal] = useState<string>();
  const row = faultRow(form.kind);
  const node = placeIn(document, row, form.node);
  const draft = draftOf(form, node ?? '');
  const problem =
    row.fields.map((field) => draftProblem(field, draft)).find((text) => text !== undefined) ?? timeProblem(form);
  const change = (changes: Partial<FormState>): void => {
    setRefusal(undefined);
    onForm({ ...form, ...changes });
  };
  const plan = (fault: FaultSpec): void => {
    const planned = { at_ps: Math.round(Number(form.at_us) * PS_PER_US), fault };
    const sentence = faultSentence(document, machine, fault);
    if (form.editing === undefined) edit(`Plan: ${sentence}`, addPlannedFault(document, planned));
    else edit(`Change plan: ${sentence}`, editPlannedFault(document, form.editing, planned));
    onForm({ ...form, editing: undefined });
  };
  const inject = async (fault: FaultSpec): Promise<void> => {
    const injection = await faultLab.inject(fault, form.lanes === 'both' ? RACE_LANES : [form.lanes]);
    const refused = injection.lanes.map((lane) => lane.refused).find((text) => text !== undefined);
    const taken = injection.lanes.some((lane) => lane.refused === undefined);
    setRefusal(injection.lanes.length === 0 ? 'No machine stands that could be broken.' : taken ? undefined : refused);
    announcer.say(
      taken ? `Injected: ${faultSentence(document, machine, fault)}.` : (refused ?? 'Nothing was injected.'),
    );
  };
  const submit = (): void => {
    if (problem !== undefined || node === undefined) return;
    const fault = faultOf(row, draft);
    if (form.when === 'later') plan(fault);
    else void inject(fault);
  };
  return (
    <form
      className="fault-form"
      aria-label="What to break"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <KindSelect row={row} form={form} change={change} />
      <PlaceSelect row={row} node={node} change={change} />
      <KindFields row={row} form={form} change={change} draft={draft} />
      <WhenFields form={form} change={change} />
      <div className="button-row">
        <button
          type="submit"
          className="button primary wide"
          disabled={
            problem !== undefined ||
            node === undefined ||
            (form.when === 'now' && (phase === 'empty' || phase === 'finished'))
          }
        >
          {form.when === 'now' ? <Zap size={15} aria-hidden="true" /> : <CalendarPlus size={15} aria-hidden="true" />}
          {form.when === 'now' ? 'Inject now' : form.editing === undefined ? 'Add to the plan' : 'Change the plan'}
        </button>
        {form.editing === undefined ? undefined : (
          <button type="button" className="button" onClick={() => onForm({ ...form, editing: undefined, when: 'now' })}>
            Cancel
          </button>
        )}
      </div>
      {form.when === 'now' && phase === 'finished' ? (
        <p className="hint">The run is over. Go back to the start (Home), or plan the fault for every run.</p>
      ) : undefined}
      <p className="hint hint-bad" role="alert">
        {refusal}
      </p>
    </form>
  );
}

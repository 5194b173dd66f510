import { Plus } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import type { MachineDescription } from '../../engine/protocol.ts';
import { registerMap } from '../../core/config/registerMap.ts';
import { LANE_IDS } from '../../store/session.ts';
import { bytesReader } from '../faults/aerRegisters.ts';
import { fieldName } from '../inspect/fieldWords.ts';
import { useDocument, useModel } from '../model.ts';
import { useAnswer } from '../useAnswer.ts';
import { ErrorFields, InstantFields, KindField, MemoryFields, RegisterFields, TlpFields } from './StopFields.tsx';
import { conditionOf, FIRST_DRAFT, type NamedRegister, type StopDraft } from './stopDraft.ts';
import { stopText } from './stopWords.ts';

/** Registers of a function by name, as its hardware has them; none until it has answered. */
function useRegisters(node: string | undefined, machine: MachineDescription): readonly NamedRegister[] {
  const { session } = useModel().simulation;
  const ask = useCallback(() => {
    const lane = LANE_IDS.find((id) => session.lane(id).machine === machine);
    if (lane === undefined || node === undefined) return Promise.reject(new Error('no machine is loaded'));
    return session.readConfig(lane, node);
  }, [session, node, machine]);
  const answer = useAnswer(node === undefined ? undefined : ask);
  return useMemo(
    () =>
      answer.kind !== 'answer'
        ? []
        : registerMap(bytesReader(answer.value)).flatMap((section) =>
            section.registers.flatMap((at): readonly NamedRegister[] => {
              const bytes = at.register.widthBits / 8;
              if (bytes !== 1 && bytes !== 2 && bytes !== 4) return [];
              const fields = Object.entries(at.register.fields).map(([id, field]) => ({
                id,
                name: fieldName(id),
                lsb: field.lsb,
                widthBits: field.widthBits ?? 1,
              }));
              return [{ name: at.register.name, offset: at.offset, bytes, fields }];
            }),
          ),
    [answer],
  );
}

/** When to stop: what is chosen, with what is wrong said as it is typed. */
export function StopForm({ machine }: { readonly machine: MachineDescription }) {
  const { simulation, announcer } = useModel();
  const document = useDocument((state) => state.document);
  const [draft, setDraft] = useState<StopDraft>(FIRST_DRAFT);
  const mover = machine.plan.legs.find((leg) => machine.functions.some((fn) => fn.id === leg.engine))?.engine;
  const node = draft.node ?? mover ?? machine.functions[0]?.id;
  const registers = useRegisters(draft.kind === 'register' ? node : undefined, machine);
  const whole = { ...draft, node };
  const read = conditionOf(whole, machine, registers);
  const problem = read.ok ? undefined : read.error;
  const change = (changes: Partial<StopDraft>): void => setDraft({ ...draft, ...changes });
  const fields = { draft: whole, change, problem, machine, document };
  return (
    <form
      className="stop-form"
      aria-label="New stop"
      onSubmit={(event) => {
        event.preventDefault();
        if (!read.ok) return;
        simulation.marks.addStop(read.value);
        announcer.say(`Stop added: ${stopText(read.value, document, machine)}.`);
        setDraft({ ...FIRST_DRAFT, kind: draft.kind });
      }}
    >
      <KindField {...fields} />
      {draft.kind === 'tlp' ? <TlpFields {...fields} /> : undefined}
      {draft.kind === 'memoryWrite' ? <MemoryFields {...fields} /> : undefined}
      {draft.kind === 'register' ? <RegisterFields {...fields} registers={registers} /> : undefined}
      {draft.kind === 'error' ? <ErrorFields {...fields} /> : undefined}
      {draft.kind === 'time' ? <InstantFields {...fields} /> : undefined}
      <button type="submit" className="button primary wide" disabled={problem !== undefined}>
        <Plus size={15} aria-hidden="true" />
        Add this stop
      </button>
    </form>
  );
}

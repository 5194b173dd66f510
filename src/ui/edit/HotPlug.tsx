import { useMemo, useState } from 'react';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { Injection } from '../../store/faultLab.ts';
import { useFaultLab, useLane, useModel } from '../model.ts';
import { useEditor } from './useEditor.ts';

/** True while a card is out of the runs, though it is in the document. */
function isOut(injections: readonly Injection[], link: NodeId): boolean {
  const last = injections.findLast(
    ({ fault, lanes }) =>
      (fault.kind === 'surpriseRemoval' || fault.kind === 'hotAdd') &&
      fault.link === link &&
      lanes.some((lane) => lane.refused === undefined),
  );
  return last?.fault.kind === 'surpriseRemoval';
}

/** What a run allows at a port that holds nothing: the engine makes its devices when it builds a machine. */
export function EmptyPort({ isHotPlug }: { readonly isHotPlug: boolean }) {
  return (
    <section aria-label="In these runs">
      <h3>In these runs</h3>
      <p className="hint">
        A new card cannot come into runs that are under way: devices are made when the machine is built. Add it here,
        and both runs start again with it.
        {isHotPlug
          ? ' From then on it can be taken out and plugged in again while they go on.'
          : ' Make this a hot-plug slot first, and from then on it can be taken out and plugged in while they go on.'}
      </p>
    </section>
  );
}

interface HotPlugProps {
  /** The port above the card. */
  readonly link: NodeId;
  readonly card: string;
  /** Only out of such a slot can a card be taken while the machine runs. */
  readonly isHotPlug: boolean;
}

const DONE = { surpriseRemoval: 'removed', hotAdd: 'plugged in', retrain: 'retrained' } as const;

/** What can happen to a link in the machines on the clock, without building them anew. */
export function HotPlug({ link, card, isHotPlug }: HotPlugProps) {
  const { faultLab } = useModel();
  const editor = useEditor();
  const injections = useFaultLab((state) => state.injections);
  const { status } = useLane('direct');
  const [busy, setBusy] = useState(false);
  const out = useMemo(() => isOut(injections, link), [injections, link]);
  const send = async (kind: keyof typeof DONE): Promise<void> => {
    setBusy(true);
    const { lanes } = await faultLab.inject({ kind, link });
    setBusy(false);
    const refused = lanes.find((lane) => lane.refused !== undefined)?.refused;
    const done = DONE[kind];
    if (refused === undefined) editor.say(`${card} ${done} in both runs; they go on.`);
    else editor.say(`${card} could not be ${done}: ${refused}`, true);
  };
  const ready = status === 'ready' && !busy;
  return (
    <section aria-label="In these runs">
      <h3>In these runs</h3>
      <div className="property-actions">
        {isHotPlug ? (
          <>
            <button
              type="button"
              className="button small"
              disabled={!ready || out}
              onClick={() => void send('surpriseRemoval')}
            >
              Remove now (surprise)
            </button>
            <button
              type="button"
              className="button small"
              disabled={!ready || !out}
              onClick={() => void send('hotAdd')}
            >
              Plug in now
            </button>
          </>
        ) : undefined}
        <button type="button" className="button small" disabled={!ready || out} onClick={() => void send('retrain')}>
          Retrain
        </button>
      </div>
      <p className="hint">
        {out
          ? `${card} is out of both runs. The machine as it is edited keeps it.`
          : `Happens at this instant in both runs; nothing restarts.${isHotPlug ? '' : ' Cards come out only of hot-plug slots.'}`}
      </p>
    </section>
  );
}

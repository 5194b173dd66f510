import type { TransferPlan } from '../../engine/protocol.ts';
import type { LaneFailure, LaneId } from '../../store/session.ts';
import { routeWords } from '../../store/words.ts';
import { useDocument, useLane, useModel, useView } from '../model.ts';
import { Notice } from '../widgets/Notice.tsx';

const MOST_DIAGNOSTICS = 5;

interface RefusalProps {
  readonly lane: LaneId;
  readonly refused: NonNullable<TransferPlan['refused']>;
  readonly brief: boolean;
}

/** Software says no; where it is the kernel's policy, the hardware can be asked all the same. */
function Refusal({ lane, refused, brief }: RefusalProps) {
  const { machine, way } = useLane(lane);
  const set = useView((state) => state.set);
  const setTransfer = useDocument((state) => state.setTransfer);
  const verdict = way === 'p2p' ? machine?.verdict : undefined;
  if (verdict?.mapType !== 'NOT_SUPPORTED') {
    return (
      <p>
        <strong>Refused.</strong> {refused.message} {refused.fix}
      </p>
    );
  }
  return (
    <>
      <p>
        <strong>Refused.</strong>{' '}
        {brief ? 'Linux does not allow this pair.' : `${refused.message} ${refused.fix ?? ''}`}{' '}
        {`The hardware would send the bytes ${routeWords(verdict.route.routeClass)}.`}
      </p>
      <p className="button-row">
        <button type="button" className="button small" onClick={() => set({ view: 'why' })}>
          Why?
        </button>
        <button
          type="button"
          className="button small"
          onClick={() => setTransfer('Run P2P although refused', { force: true })}
        >
          Run it anyway
        </button>
      </p>
    </>
  );
}

/** The machine cannot be built, or its engine is gone. */
function Breakdown({ failure }: { readonly failure: LaneFailure }) {
  const { simulation } = useModel();
  return (
    <>
      <p>
        <strong>{failure.engineStopped ? 'The engine stopped.' : 'This machine cannot be built.'}</strong>{' '}
        {failure.message}
      </p>
      <ul>
        {failure.diagnostics.slice(0, MOST_DIAGNOSTICS).map((diagnostic) => (
          <li key={`${diagnostic.code} ${diagnostic.path}`}>
            {diagnostic.message} {diagnostic.fix}
          </li>
        ))}
      </ul>
      {failure.engineStopped ? (
        <p className="button-row">
          <button type="button" className="button small" onClick={() => void simulation.restart()}>
            Start it again
          </button>
        </p>
      ) : undefined}
    </>
  );
}

interface LaneTroubleProps {
  readonly lane: LaneId;
  /** The whole reason stands elsewhere on the page. */
  readonly brief?: boolean;
}

/** Why this machine does not run: refused by the software, or not to be built at all. */
export function LaneTrouble({ lane, brief = false }: LaneTroubleProps) {
  const { machine, failure } = useLane(lane);
  const refused = machine?.plan.refused;
  if (refused === undefined && failure === undefined) return undefined;
  return (
    <div className="lane-trouble">
      <Notice kind={failure === undefined ? 'warning' : 'error'}>
        {refused === undefined ? undefined : <Refusal lane={lane} refused={refused} brief={brief} />}
        {failure === undefined ? undefined : <Breakdown failure={failure} />}
      </Notice>
    </div>
  );
}

import { Notice } from '../widgets/Notice.tsx';
import { routeWords } from '../../store/words.ts';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useLane, useModel, useView } from '../model.ts';

interface LaneTroubleProps {
  readonly lane: LaneId;
  /** The whole reason stands elsewhere on the page. */
  readonly brief?: boolean;
}

/** Why this machine does not run: refused by the software, or not to be built at all. */
export function LaneTrouble({ lane, brief = false }: LaneTroubleProps) {
  const { simulation } = useModel();
  const { machine, failure, way } = useLane(lane);
  const set = useView((state) => state.set);
  const setTransfer = useDocument((state) => state.setTransfer);
  const refused = machine?.plan.refused;
  if (refused !== undefined) {
    const kernelRefuses = way === 'p2p' && machine?.verdict?.mapType === 'NOT_SUPPORTED';
    const route = kernelRefuses ? machine?.verdict?.route : undefined;
    return (
      <div className="lane-trouble">
        <Notice kind="warning">
          <p>
            <strong>Refused.</strong>{' '}
            {brief && route !== undefined
              ? 'Linux does not allow this pair.'
              : `${refused.message} ${refused.fix ?? ''}`}{' '}
            {route === undefined ? '' : `The hardware would send the bytes ${routeWords(route.routeClass)}.`}
          </p>
          {route === undefined ? undefined : (
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
          )}
        </Notice>
      </div>
    );
  }
  if (failure === undefined) return undefined;
  return (
    <div className="lane-trouble">
      <Notice kind="error">
        <p>
          <strong>{failure.engineStopped ? 'The engine stopped.' : 'This machine cannot be built.'}</strong>{' '}
          {failure.message}
        </p>
        <ul>
          {failure.diagnostics.slice(0, 5).map((diagnostic) => (
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
      </Notice>
    </div>
  );
}

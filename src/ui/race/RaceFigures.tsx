import { useState } from 'react';
import { durationText } from '../../base/format.ts';
import { RACE_LANES } from '../../store/session.ts';
import { useDocument, useLane, useModel, usePlayer } from '../model.ts';
import { LiveText, useEvery } from '../widgets/Live.tsx';
import { BACKGROUND_ROWS, ERROR_ROWS, FIGURE_ROWS, hasErrors, IOMMU_ROWS } from './figureRows.ts';
import { useRaceResult } from './useRace.ts';

/** What the race showed, in words. */
function Summary() {
  const { kind, sentences } = useRaceResult();
  return (
    <div className={`race-summary summary-${kind}`}>
      <h3 className="visually-hidden">What happened</h3>
      <p>{sentences.join(' ')}</p>
    </div>
  );
}

export function RaceFigures() {
  const { simulation } = useModel();
  const document = useDocument((state) => state.document);
  const direct = useLane('direct');
  const bounced = useLane('bounced');
  const phase = usePlayer((state) => state.phase);
  const [troubled, setTroubled] = useState(false);
  useEvery(2, () => setTroubled(hasErrors(direct) || hasErrors(bounced)));
  const { host } = document;
  const rows = [
    ...FIGURE_ROWS,
    ...((host.memory.backgroundBytesPerSecond ?? 0) > 0 ? BACKGROUND_ROWS : []),
    ...(host.iommu === 'translate' ? IOMMU_ROWS : []),
    ...(troubled ? ERROR_ROWS : []),
  ];
  const context = { document, direct, bounced };
  const lanes = { direct, bounced };
  const when = (): string => (phase === 'finished' ? 'At the end' : `At ${durationText(simulation.player.now_ps)}`);
  return (
    <section className="race-figures" aria-label="Figures">
      <table className="figures">
        <caption className="visually-hidden">Both ways compared</caption>
        <thead>
          <tr>
            <th scope="col">
              <LiveText read={when} />
            </th>
            <th scope="col">P2P</th>
            <th scope="col">Bounce</th>
            <th scope="col" className="difference">
              Bounce against P2P
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row" title={row.hint}>
                {row.label}
              </th>
              {RACE_LANES.map((id) => (
                <td key={id}>
                  <LiveText read={() => row.read(lanes[id], document)} />
                </td>
              ))}
              <td className="difference">
                <LiveText read={() => row.difference(context)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Summary />
    </section>
  );
}

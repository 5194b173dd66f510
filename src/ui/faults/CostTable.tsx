import { integerText } from '../../base/format.ts';
import { RACE_LANES, type LaneId } from '../../store/session.ts';
import { wayWords } from '../../store/words.ts';
import { useDocument, useFaultLab, useLane } from '../model.ts';
import { FlowSwatch } from '../widgets/FlowSwatch.tsx';
import { LiveText } from '../widgets/Live.tsx';
import { COST_ROWS, outcomeSentence, splitOf } from './cost.ts';
import { recoveries } from './logRows.ts';

const COST_HZ = 4;
const MOST_RECOVERIES = 4;

function WayHead({ lane }: { readonly lane: LaneId }) {
  const { way } = useLane(lane);
  return (
    <th scope="col">
      <FlowSwatch flow={way} /> {wayWords(way).name}
    </th>
  );
}

function Recovered({ lane }: { readonly lane: LaneId }) {
  const state = useLane(lane);
  const { records, total } = useFaultLab((lab) => lab.lanes[lane]);
  // Records that were forgotten are not counted.
  const least = total > records.length ? '≥ ' : '';
  const list = recoveries(records);
  return (
    <section className="recovered" aria-label={`${wayWords(state.way).name}, outcome`}>
      <h3>
        <FlowSwatch flow={state.way} /> {wayWords(state.way).name}
      </h3>
      <p>{outcomeSentence(state)}</p>
      {list.length === 0 ? (
        <p className="muted">Nothing had to recover.</p>
      ) : (
        <ul>
          {list.slice(0, MOST_RECOVERIES).map((row) => (
            <li key={row.text}>
              <span className="figure">{`${least}${integerText(row.count)}×`}</span> {row.text}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What the faults cost each way, and what recovered. */
export function CostTable() {
  const document = useDocument((state) => state.document);
  const injections = useFaultLab((state) => state.injections);
  const direct = useLane('direct');
  const bounced = useLane('bounced');
  const lanes = { direct, bounced };
  const planned_ps = document.faults?.[0]?.at_ps;
  return (
    <div className="cost">
      <table className="dense cost-table">
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Figure</span>
            </th>
            {RACE_LANES.map((lane) => (
              <WayHead key={lane} lane={lane} />
            ))}
          </tr>
        </thead>
        <tbody>
          {COST_ROWS.map((row) => (
            <tr key={row.label}>
              <th scope="row" title={row.hint}>
                {row.label}
              </th>
              {RACE_LANES.map((lane) => (
                <td key={lane}>
                  <LiveText
                    hz={COST_HZ}
                    read={() => row.read(lanes[lane], splitOf(lane, lanes[lane], injections, planned_ps))}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {RACE_LANES.map((lane) => (
        <Recovered key={lane} lane={lane} />
      ))}
    </div>
  );
}

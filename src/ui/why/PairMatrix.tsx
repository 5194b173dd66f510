import { useEffect, useMemo, useState } from 'react';
import { TriangleAlert } from 'lucide-react';
import type { LayerDisagreement, MapType } from '../../core/pcie/verdict.ts';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { verdictWords } from '../../store/words.ts';
import { useDocument, useLane, useModel } from '../model.ts';
import { PanelEdge } from '../shell/PanelEdge.tsx';
import { devicesOf } from '../transfer/deviceRoles.ts';
import { VerdictGlyph } from '../widgets/VerdictGlyph.tsx';
import type { Pair } from './WhyView.tsx';

/** More than this in one direction no longer fits a dock; the pickers above reach every pair. */
const MOST_DEVICES = 24;
const LEGEND: readonly MapType[] = ['BUS_ADDR', 'THRU_HOST_BRIDGE', 'NOT_SUPPORTED'];

interface Answer {
  readonly mapType: MapType;
  readonly returned: number;
  readonly disagreements?: readonly LayerDisagreement[];
}

const keyOf = (pair: Pair): string => `${pair.client} ${pair.provider}`;

interface Asked {
  readonly machine: MachineDescription;
  readonly answers: ReadonlyMap<string, Answer>;
}

const NO_ANSWERS: ReadonlyMap<string, Answer> = new Map();

/** Verdicts of all pairs, asked of the engine row by row, shown as they come. */
function useAnswers(clients: readonly FunctionSpec[], providers: readonly FunctionSpec[]): ReadonlyMap<string, Answer> {
  const { simulation } = useModel();
  const { machine } = useLane('direct');
  const [asked, setAsked] = useState<Asked>();
  useEffect(() => {
    if (machine === undefined) return undefined;
    let stale = false;
    const askRow = (client: FunctionSpec): Promise<readonly (readonly [string, Answer])[]> =>
      Promise.all(
        providers
          .filter((provider) => provider.id !== client.id)
          .map(async (provider) => {
            const verdict = await simulation.session.verdict('direct', provider.id, client.id);
            return [keyOf({ client: client.id, provider: provider.id }), verdict] as const;
          }),
      );
    const askAll = async (): Promise<void> => {
      let answers = NO_ANSWERS;
      for (const client of clients) {
        const row = await askRow(client);
        if (stale) return;
        answers = new Map([...answers, ...row]);
        setAsked({ machine, answers });
      }
    };
    // A machine replaced meanwhile answers with a failure: the next one will be asked again.
    askAll().catch(() => undefined);
    return () => {
      stale = true;
    };
  }, [simulation, machine, clients, providers]);
  return asked !== undefined && asked.machine === machine ? asked.answers : NO_ANSWERS;
}

function split(document: TopologyDocument) {
  const devices = devicesOf(document);
  const providers = devices.filter((fn) => fn.bars.some((bar) => bar.space === 'memory') && fn.model?.type !== 'nic');
  const shown = providers.slice(0, MOST_DEVICES);
  const clients = devices.slice(0, MOST_DEVICES);
  return {
    clients,
    providers: shown,
    left: Math.max(devices.length - clients.length, providers.length - shown.length),
  };
}

interface PairMatrixProps {
  readonly pair: Pair;
  readonly onPair: (pair: Pair) => void;
}

interface MatrixTableProps extends PairMatrixProps {
  readonly clients: readonly FunctionSpec[];
  readonly providers: readonly FunctionSpec[];
}

function MatrixTable({ clients, providers, pair, onPair }: MatrixTableProps) {
  const answers = useAnswers(clients, providers);
  return (
    <table className="matrix">
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Device</span>
          </th>
          {providers.map((fn) => (
            <th key={fn.id} scope="col">
              {fn.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {clients.map((client) => (
          <tr key={client.id}>
            <th scope="row">{client.name}</th>
            {providers.map((provider) => (
              <MatrixCell
                key={provider.id}
                client={client}
                provider={provider}
                answer={answers.get(keyOf({ client: client.id, provider: provider.id }))}
                current={pair.client === client.id && pair.provider === provider.id}
                onPair={onPair}
              />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Every ordered pair with its verdict: rows move the bytes, columns hold the memory. */
export function PairMatrix({ pair, onPair }: PairMatrixProps) {
  const document = useDocument((state) => state.document);
  const { clients, providers, left } = useMemo(() => split(document), [document]);
  return (
    <section className="matrix-dock" aria-labelledby="matrix-title">
      <PanelEdge panel="dock" label="the matrix of pairs" />
      <header className="section-head">
        <h3 id="matrix-title">All pairs</h3>
        <p>
          {left > 0
            ? `the first ${MOST_DEVICES} devices; the pickers reach the other ${left}`
            : 'rows move the bytes, columns hold the memory; the number is what Linux returns'}
        </p>
      </header>
      <div className="matrix-body">
        <div className="matrix-scroll">
          <MatrixTable clients={clients} providers={providers} pair={pair} onPair={onPair} />
        </div>
        <ul className="matrix-legend" aria-label="Verdicts">
          {LEGEND.map((mapType) => (
            <li key={mapType}>
              <VerdictGlyph kind={mapType} />
              <span>
                <strong>{verdictWords(mapType).name}</strong>
                {verdictWords(mapType).meaning}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function MatrixCell({
  client,
  provider,
  answer,
  current,
  onPair,
}: {
  readonly client: FunctionSpec;
  readonly provider: FunctionSpec;
  readonly answer: Answer | undefined;
  readonly current: boolean;
  readonly onPair: (pair: Pair) => void;
}) {
  if (client.id === provider.id) {
    return <td className="matrix-self">–</td>;
  }
  const trouble = (answer?.disagreements ?? []).find((row) => row.severity !== 'note');
  const words =
    answer === undefined
      ? 'not known yet'
      : `${verdictWords(answer.mapType).name}, Linux returns ${answer.returned}${trouble === undefined ? '' : `. ${trouble.sentence}`}`;
  return (
    <td>
      <button
        type="button"
        className="matrix-cell"
        aria-pressed={current}
        aria-label={`${client.name} to ${provider.name}: ${words}`}
        title={words}
        onClick={() => onPair({ client: client.id, provider: provider.id })}
      >
        {answer === undefined ? '–' : <VerdictGlyph kind={answer.mapType} />}
        <span>{answer === undefined ? '' : answer.returned < 0 ? '−1' : answer.returned}</span>
        {trouble === undefined ? undefined : (
          <TriangleAlert className={`matrix-${trouble.severity}`} size={13} aria-hidden="true" />
        )}
      </button>
    </td>
  );
}

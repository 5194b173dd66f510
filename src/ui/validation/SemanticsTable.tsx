import { ArrowUpRight, Check, Minus, X } from 'lucide-react';
import { SEMANTICS_PREFIX } from '../../validation/semanticsPoints.ts';
import type { SemanticsPoint } from '../../validation/points.ts';
import { useOpenCase } from './useOpenMachine.ts';
import { VerdictChip } from './VerdictChip.tsx';

const LAYERS = [
  ['policy', 'Policy'],
  ['isolation', 'Groups'],
  ['path', 'Path taken'],
] as const;

/** The worked cases, layer by layer. */
export function SemanticsTable({ points }: { readonly points: readonly SemanticsPoint[] }) {
  const open = useOpenCase();
  return (
    <table className="dense val-table">
      <caption className="visually-hidden">Worked peer-to-peer cases</caption>
      <thead>
        <tr>
          <th scope="col">Case</th>
          <th scope="col">Question</th>
          <th scope="col">The kernel answers</th>
          {LAYERS.map(([layer, words]) => (
            <th key={layer} scope="col">
              {words}
            </th>
          ))}
          <th scope="col">Verdict</th>
          <th scope="col">Machine</th>
        </tr>
      </thead>
      <tbody>
        {points.map(({ id, title, answer, asked, layers, verdict, reason }) => (
          <tr key={id}>
            <th scope="row" className="mono">
              {id.replace(SEMANTICS_PREFIX, '')}
            </th>
            <td>{title}</td>
            <td className="mono">{answer}</td>
            {LAYERS.map(([layer]) => (
              <td key={layer}>
                <LayerMark agrees={layers[layer]} asked={asked.includes(layer)} />
              </td>
            ))}
            <td>
              <VerdictChip verdict={verdict} />
              {reason === undefined ? undefined : <span className="val-source">{reason}</span>}
            </td>
            <td>
              <button type="button" className="val-open" onClick={() => open(id)}>
                Open
                <span className="visually-hidden"> this machine: case {id.replace(SEMANTICS_PREFIX, '')}</span>
                <ArrowUpRight size={13} aria-hidden="true" />
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function LayerMark({ agrees, asked }: { readonly agrees: boolean | undefined; readonly asked: boolean }) {
  if (agrees === undefined) {
    return <Word icon={<Minus size={13} aria-hidden="true" />} word={asked ? 'not run' : 'not asked'} />;
  }
  return agrees ? (
    <Word icon={<Check size={13} aria-hidden="true" />} word="agrees" />
  ) : (
    <Word icon={<X size={13} aria-hidden="true" />} word="differs" />
  );
}

function Word({ icon, word }: { readonly icon: React.ReactNode; readonly word: string }) {
  return (
    <span className="val-layer">
      {icon}
      {word}
    </span>
  );
}

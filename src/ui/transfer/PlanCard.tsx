import type { ReactNode } from 'react';
import { verdictWords } from '../../store/words.ts';
import type { TransferWay } from '../../topology/document.ts';
import type { Plan } from '../usePlans.ts';
import { VerdictGlyph } from '../widgets/VerdictGlyph.tsx';

const WAY_TITLES: Readonly<Record<TransferWay, string>> = {
  p2p: 'Peer to peer',
  bounce: 'Bounce, device DMA',
  copy: 'Bounce, CPU copy',
};

/** What the planner says to one way. */
export function PlanCard({ way, plan }: { readonly way: TransferWay; readonly plan: Plan | undefined }) {
  let body: ReactNode = <p className="muted">Asking the planner …</p>;
  if (plan?.kind === 'failed') body = <p>{plan.message}</p>;
  if (plan?.kind === 'machine') {
    const { refused, legs } = plan.machine.plan;
    body =
      refused === undefined ? (
        <ol>
          {legs.map((leg) => (
            <li key={leg.sentence}>{leg.sentence}</li>
          ))}
        </ol>
      ) : (
        <p>
          <strong>Not possible.</strong> {refused.message} {refused.fix}
        </p>
      );
  }
  const verdict = way === 'p2p' && plan?.kind === 'machine' ? plan.machine.verdict : undefined;
  return (
    <section className="plan-card">
      <h3>
        {WAY_TITLES[way]}
        {verdict === undefined ? undefined : (
          <span className="plan-verdict">
            <VerdictGlyph kind={verdict.mapType} />
            {verdictWords(verdict.mapType).name}
          </span>
        )}
      </h3>
      {body}
    </section>
  );
}

import { ArrowRight, Check, ChevronDown, ChevronUp, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { integerText, NO_VALUE, rateFigure, shortBdf } from '../../base/format.ts';
import type { PeerRoute, PeerVerdict, RouteHop } from '../../core/pcie/verdict.ts';
import { bdfsOf } from '../../store/acsFacts.ts';
import { fixesFor } from '../../store/edits.ts';
import { verdictReport } from '../../store/verdictReport.ts';
import { takenRoute, type TakenRoute } from '../../store/whyRoute.ts';
import { labelWords, routeWords, verdictWords } from '../../store/words.ts';
import { useDocument, useLane, useModel, useView } from '../model.ts';
import { nodeName } from '../names.ts';
import { devicesOf } from '../transfer/deviceRoles.ts';
import { VerdictGlyph } from '../widgets/VerdictGlyph.tsx';
import { AcsRow } from './AcsRow.tsx';
import { FixGain } from './FixGain.tsx';
import { Disagreements, Layers } from './Layers.tsx';
import type { Pair, VerdictAnswer } from './WhyView.tsx';

/** What was last in sight stays in sight when a page is turned. */
const SCROLL_OVERLAP_PX = 48;

interface WhyPanelProps {
  readonly pair: Pair;
  readonly state: VerdictAnswer;
  readonly onPair: (pair: Pair) => void;
}

function PairPickers({ pair, onPair }: Omit<WhyPanelProps, 'state'>) {
  const document = useDocument((state) => state.document);
  const devices = devicesOf(document);
  const options = devices.map((fn) => (
    <option key={fn.id} value={fn.id}>
      {fn.name}
    </option>
  ));
  return (
    <div className="pair-pickers">
      <select
        className="select"
        aria-label="Device that moves the bytes"
        value={pair.client}
        onChange={(event) => onPair({ ...pair, client: event.target.value })}
      >
        {options}
      </select>
      <ArrowRight size={16} aria-hidden="true" />
      <select
        className="select"
        aria-label="Device whose memory is used"
        value={pair.provider}
        onChange={(event) => onPair({ ...pair, provider: event.target.value })}
      >
        {options}
      </select>
    </div>
  );
}

/** Rate of the last finished run if it was this pair's, what the kernel returns, what other tools call it. */
function Stats({ verdict }: { readonly verdict: PeerVerdict }) {
  const { report, machine } = useLane('direct');
  const isJob = machine?.verdict?.client === verdict.client && machine.verdict.provider === verdict.provider;
  const rate = isJob && report?.outcome === 'finished' ? rateFigure(report.throughputBytesPerSecond).value : NO_VALUE;
  return (
    <dl className="stat-row">
      <div>
        <dd>{rate}</dd>
        <dt>{rate === NO_VALUE ? 'GB/s, after a run' : 'GB/s payload'}</dt>
      </div>
      <div>
        <dd>{integerText(verdict.returned)}</dd>
        <dt>{verdict.returned < 0 ? `Linux returns, chain ${verdict.chainDistance}` : 'Linux distance'}</dt>
      </div>
      <div>
        <dd>{verdict.label}</dd>
        <dt>topology label</dt>
      </div>
    </dl>
  );
}

/** The steps of the kernel's reasoning, in its order. */
function Steps({ verdict }: { readonly verdict: PeerVerdict }) {
  return (
    <section aria-labelledby="steps-title">
      <h3 id="steps-title">Checked as Linux does</h3>
      <ol className="steps">
        {verdict.steps.map((step, index) => (
          // Steps are an ordered list that is replaced as a whole.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} className={step.deciding ? 'deciding' : undefined} title={`Rule ${step.rule}`}>
            <code>{step.where === undefined ? step.rule : shortBdf(step.where)}</code>
            <span>
              <span className="outcome">{step.outcome}</span>
              <span className="evidence">{step.evidence}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface RouteTextProps {
  readonly label: string;
  readonly taken: TakenRoute;
}

/** Hops over links have the numbers that the scene shows. */
function numberedHops(
  hops: readonly RouteHop[],
): readonly { readonly hop: RouteHop; readonly number: number | undefined }[] {
  let links = 0;
  return hops.map((hop) => {
    if (hop.direction === 'inside') return { hop, number: undefined };
    links += 1;
    return { hop, number: links };
  });
}

function RouteText({ label, taken }: RouteTextProps) {
  const { hops, stop } = taken;
  return (
    <div className="route-text">
      <dt>{label}</dt>
      <dd>
        {numberedHops(hops).map(({ hop, number }, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} className="route-hop">
            {number === undefined ? undefined : <b>{number}</b>}
            <code>{hop.text}</code>
          </span>
        ))}
        {hops.length === 0 && stop === undefined ? 'nowhere: the request does not arrive' : undefined}
        {stop === undefined ? undefined : <span className="route-end">{`ends: ${stop.reason}`}</span>}
      </dd>
    </div>
  );
}

/** One place where writes and read data agree, both where they do not. */
function routeTitle({ routeClass, readDataRouteClass }: PeerRoute): string {
  if (readDataRouteClass === undefined || readDataRouteClass === routeClass) return routeWords(routeClass);
  return `writes ${routeWords(routeClass)}, read data ${routeWords(readDataRouteClass)}`;
}

/** Where the hardware sends the packets, beside what the kernel believes. */
function Routes({ verdict }: { readonly verdict: PeerVerdict }) {
  const { route } = verdict;
  return (
    <section aria-labelledby="route-title">
      <h3 id="route-title">{`In hardware: ${routeTitle(route)}`}</h3>
      {route.deciding === undefined ? undefined : (
        <p>
          {route.deciding.register}: {route.deciding.reason}
        </p>
      )}
      <dl>
        <RouteText label="Writes go" taken={takenRoute(verdict, 'write')} />
        <RouteText label="Read data comes" taken={takenRoute(verdict, 'readData')} />
      </dl>
      <p className="hint">
        {`${verdict.label} in other tools’ matrices: ${labelWords(verdict.label)}. Such labels ignore ACS: they do not say that P2P works.`}
      </p>
    </section>
  );
}

/** Buttons that change the document so that the bytes stay below the switch. */
function Fixes({ verdict }: { readonly verdict: PeerVerdict }) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const { machine } = useLane('direct');
  const fixes = fixesFor(document, verdict, bdfsOf(machine));
  const { client, provider } = verdict;
  const isTransfer = machine?.verdict?.client === client && machine.verdict.provider === provider;
  if (fixes.length === 0) return undefined;
  return (
    <section className="fixes" aria-label="What would change it">
      {fixes.map((fix, index) => (
        <div key={fix.label}>
          <button
            type="button"
            className={index === 0 ? 'button primary wide' : 'button wide'}
            onClick={() => edit(fix.label, fix.document)}
          >
            {fix.label}
          </button>
          <p className="hint">{fix.note} Both machines start again.</p>
          <FixGain fix={fix} pair={{ client, provider, isTransfer }} />
        </div>
      ))}
    </section>
  );
}

function KernelParameter({ parameter }: { readonly parameter: string }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no');
  const copy = (): void => {
    navigator.clipboard.writeText(parameter).then(
      () => setCopied('yes'),
      () => setCopied('refused'),
    );
  };
  return (
    <section aria-labelledby="kernel-title">
      <h3 id="kernel-title">On a real machine</h3>
      <div className="copy-field">
        <code>{parameter}</code>
        <button type="button" className="icon-button small" aria-label="Copy the kernel parameter" onClick={copy}>
          {copied === 'yes' ? <Check size={15} aria-hidden="true" /> : <Copy size={15} aria-hidden="true" />}
        </button>
      </div>
      <output className="hint">
        {copied === 'yes'
          ? 'Copied.'
          : copied === 'refused'
            ? 'The browser refused; select the text instead.'
            : 'A word for the kernel’s command line.'}
      </output>
    </section>
  );
}

/** The whole verdict as text, for a ticket or a mail. */
function CopyVerdict({ verdict }: { readonly verdict: PeerVerdict }) {
  const document = useDocument((state) => state.document);
  const { announcer } = useModel();
  const [copied, setCopied] = useState<PeerVerdict>();
  const copy = (): void => {
    navigator.clipboard.writeText(verdictReport(verdict, (node) => nodeName(document, node))).then(
      () => {
        setCopied(verdict);
        announcer.say('The verdict was copied.');
      },
      () => announcer.say('The browser refused to copy.'),
    );
  };
  const done = copied === verdict;
  return (
    <button type="button" className="button" onClick={copy}>
      {done ? <Check size={15} aria-hidden="true" /> : <Copy size={15} aria-hidden="true" />}
      {done ? 'Copied' : 'Copy as text'}
    </button>
  );
}

function RunThisPair({ pair }: { readonly pair: Pair }) {
  const document = useDocument((state) => state.document);
  const setTransfer = useDocument((state) => state.setTransfer);
  const set = useView((state) => state.set);
  const { machine } = useLane('direct');
  const isJob = machine?.verdict?.client === pair.client && machine.verdict.provider === pair.provider;
  const race = (): void => {
    if (!isJob) {
      const label = `${nodeName(document, pair.client)} to ${nodeName(document, pair.provider)}`;
      setTransfer(label, { from: pair.client, to: pair.provider });
    }
    set({ view: 'race', pair: undefined, sheetOpen: false });
  };
  return (
    <button type="button" className="button" onClick={race}>
      Race this pair
    </button>
  );
}

/** Whether a scrolling area has more below than is in sight. */
function useMoreBelow() {
  const [area, scroll] = useState<HTMLElement | null>(null);
  const [mark, end] = useState<HTMLElement | null>(null);
  const [hasMore, setMore] = useState(false);
  useEffect(() => {
    if (area === null || mark === null) return undefined;
    const observer = new IntersectionObserver(([entry]) => setMore(entry?.isIntersecting === false), { root: area });
    observer.observe(mark);
    return () => observer.disconnect();
  }, [area, mark]);
  const turn = (): void => {
    if (hasMore) area?.scrollBy({ top: area.clientHeight - SCROLL_OVERLAP_PX });
    else area?.scrollTo({ top: 0 });
  };
  return { scroll, end, hasMore, turn };
}

/** Verdict before evidence: glyph and name, one sentence, then the bit, the steps, the route, what to do. */
export function WhyPanel({ pair, state, onPair }: WhyPanelProps) {
  const { scroll, end, hasMore, turn } = useMoreBelow();
  return (
    <>
      <div className="side-scroll why-panel" ref={scroll}>
        <PairPickers pair={pair} onPair={onPair} />
        {state.kind === 'asking' ? <p className="muted">{NO_VALUE}</p> : undefined}
        {state.kind === 'failed' ? <p className="verdict-sentence">{state.message}</p> : undefined}
        {state.kind === 'answer' ? (
          <>
            <h2 className="verdict-title">
              <VerdictGlyph kind={state.value.mapType} size={20} />
              {verdictWords(state.value.mapType).name}
            </h2>
            <p className="verdict-sentence">{state.value.sentence}</p>
            <Disagreements verdict={state.value} />
            <Stats verdict={state.value} />
            <AcsRow verdict={state.value} />
            <Fixes verdict={state.value} />
            <Layers verdict={state.value} />
            <Steps verdict={state.value} />
            <Routes verdict={state.value} />
            {state.value.kernelParameter === undefined ? undefined : (
              <KernelParameter parameter={state.value.kernelParameter} />
            )}
          </>
        ) : undefined}
        <div ref={end} aria-hidden="true" />
      </div>
      <div className="side-foot why-foot">
        <button
          type="button"
          className="icon-button why-more"
          aria-label={hasMore ? 'Show more of the reasoning' : 'Back to the verdict'}
          title={hasMore ? 'There is more below' : 'Back to the verdict'}
          onClick={turn}
        >
          {hasMore ? <ChevronDown size={16} aria-hidden="true" /> : <ChevronUp size={16} aria-hidden="true" />}
        </button>
        {state.kind === 'answer' ? <CopyVerdict verdict={state.value} /> : undefined}
        <RunThisPair pair={pair} />
      </div>
    </>
  );
}

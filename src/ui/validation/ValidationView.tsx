/* What vouches for the model: every comparison with its figures, and the machine behind each. */
import { useDeferredValue, useId, useState } from 'react';
import { EXPLANATION, SECTION_WORDS, VERDICT_WORDS } from '../../validation/figures.ts';
import {
  type NumberPoint,
  type PointVerdict,
  type Section,
  type SectionSummary,
  type SemanticsPoint,
  type ValidationResults,
} from '../../validation/points.ts';
import '../styles/validation.css';
import { Notice } from '../widgets/Notice.tsx';
import { Tabs } from '../widgets/Tabs.tsx';
import { ClosedFormTable } from './ClosedFormTable.tsx';
import { ListedTable, MeasurementTable } from './MeasurementTable.tsx';
import { Plots } from './Plots.tsx';
import { SemanticsTable } from './SemanticsTable.tsx';
import { useResults } from './useResults.ts';

/** Measurements first: they say most. */
const TAB_ORDER: readonly Section[] = ['measurements', 'latency', 'semantics', 'throughput'];

export function ValidationView() {
  const results = useResults();
  return (
    <section className="validation" aria-label="Validation">
      <header className="val-head">
        <div>
          <h1>Validation</h1>
          <p className="val-quiet">
            {results.kind === 'answer' ? `Runs of model ${results.value.model}, as this build carries them.` : ' '}
          </p>
        </div>
        <div className="val-words">
          {EXPLANATION.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
        </div>
      </header>
      {results.kind === 'failed' ? (
        <Notice kind="error">
          <p>The results could not be read: {results.message}</p>
        </Notice>
      ) : undefined}
      {results.kind === 'answer' ? <Loaded results={results.value} /> : undefined}
    </section>
  );
}

function Loaded({ results }: { readonly results: ValidationResults }) {
  return (
    <>
      <ul className="val-summary" aria-label="Summary">
        {results.summary.map((summary) => (
          <SummaryCell key={summary.section} summary={summary} />
        ))}
      </ul>
      <Plots results={results} />
      <Tables results={results} />
    </>
  );
}

function SummaryCell({ summary }: { readonly summary: SectionSummary }) {
  const { section, inside, missed, notRun, calibrated, validated } = summary;
  const all = inside + missed + notRun;
  const rest = [...(missed > 0 ? [`${missed} missed`] : []), ...(notRun > 0 ? [`${notRun} not run`] : [])];
  const worth = calibrated > 0 ? `${validated} validated, ${calibrated} calibrated` : undefined;
  return (
    <li>
      <h2>{SECTION_WORDS[section].title}</h2>
      <p className="val-count">
        <strong>{inside}</strong> of {all} inside
      </p>
      <p className="val-quiet">
        {rest.length === 0 ? 'none missed' : rest.join(', ')}
        {worth === undefined ? undefined : <span>{worth}</span>}
      </p>
    </li>
  );
}

type Wanted = PointVerdict | 'all';
const WANTED: readonly Wanted[] = ['all', 'inside', 'missed', 'notRun'];

function Tables({ results }: { readonly results: ValidationResults }) {
  const id = useId();
  const [section, setSection] = useState<Section>('measurements');
  const [text, setText] = useState('');
  const [wanted, setWanted] = useState<Wanted>('all');
  const words = useDeferredValue(text).toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (point: NumberPoint | SemanticsPoint): boolean => {
    if (wanted !== 'all' && point.verdict !== wanted) return false;
    const all = `${point.id} ${point.title} ${'role' in point ? point.role : point.answer}`.toLowerCase();
    return words.every((word) => all.includes(word));
  };
  const shown = {
    measurements: results.measurements.filter(fits),
    latency: results.latency.filter(fits),
    semantics: results.semantics.filter(fits),
    throughput: results.throughput.filter(fits),
  };
  return (
    <section className="val-tables" aria-label="Tables">
      <div className="val-filter">
        <label htmlFor={`${id}-text`}>Find</label>
        <input
          id={`${id}-text`}
          className="input"
          type="search"
          placeholder="Gen4 x8 read, EPYC, calibrated …"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <label htmlFor={`${id}-verdict`}>Verdict</label>
        <select
          id={`${id}-verdict`}
          className="select"
          value={wanted}
          onChange={(event) => setWanted(WANTED.find((value) => value === event.target.value) ?? 'all')}
        >
          {WANTED.map((value) => (
            <option key={value} value={value}>
              {value === 'all' ? 'all' : VERDICT_WORDS[value]}
            </option>
          ))}
        </select>
        <output className="val-quiet">
          {shown[section].length} of {results[section].length} shown
        </output>
      </div>
      <Tabs
        label="Sections"
        tabs={TAB_ORDER.map((tab) => ({ id: tab, label: SECTION_WORDS[tab].title }))}
        current={section}
        onChange={setSection}
      >
        <p className="val-about">{SECTION_WORDS[section].summary}</p>
        {shown[section].length === 0 ? <p className="empty">Nothing fits.</p> : undefined}
        <SectionTable section={section} shown={shown} />
        {section === 'measurements' ? <ListedTable /> : undefined}
      </Tabs>
    </section>
  );
}

interface SectionTableProps {
  readonly section: Section;
  readonly shown: Pick<ValidationResults, Section>;
}

function SectionTable({ section, shown }: SectionTableProps) {
  if (shown[section].length === 0) return undefined;
  switch (section) {
    case 'measurements':
      return <MeasurementTable points={shown.measurements} />;
    case 'semantics':
      return <SemanticsTable points={shown.semantics} />;
    case 'latency':
      return <ClosedFormTable label={SECTION_WORDS.latency.title} points={shown.latency} />;
    case 'throughput':
      return <ClosedFormTable label={SECTION_WORDS.throughput.title} points={shown.throughput} />;
  }
}

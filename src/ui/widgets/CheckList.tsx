import { Check, OctagonX } from 'lucide-react';
import type { RunCheck, RunReport } from '../../engine/protocol.ts';
import { wayWords } from '../../store/words.ts';
import { Popover } from './Popover.tsx';

function Mark({ ok }: { readonly ok: boolean }) {
  return ok ? <Check size={14} aria-hidden="true" /> : <OctagonX size={14} aria-hidden="true" />;
}

/** Every check of a run with what was compared. */
function CheckTable({ checks }: { readonly checks: readonly RunCheck[] }) {
  return (
    <ul className="check-table">
      {checks.map((check) => (
        <li key={check.name} className={check.ok ? undefined : 'check-bad'}>
          <Mark ok={check.ok} />
          <span>
            <strong>{check.ok ? check.name : `Broken: ${check.name}`}</strong>
            <span>{check.detail}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function CheckLine({ report }: { readonly report: RunReport }) {
  const { checks } = report;
  const broken = checks.filter((check) => !check.ok).length;
  const words =
    broken === 0 ? `${checks.length} of ${checks.length} checks hold` : `${broken} of ${checks.length} checks broken`;
  return (
    <li className={broken === 0 ? 'check-good' : 'check-bad'}>
      <Mark ok={broken === 0} />
      <Popover
        buttonClass="check-button"
        place="above"
        button={
          <>
            <strong>{wayWords(report.way).name}</strong> {words}
          </>
        }
      >
        <CheckTable checks={checks} />
      </Popover>
      <code title="Trace hash over every hop of the run">{report.traceHash}</code>
    </li>
  );
}

/** The checks of finished runs, one line each, the single checks on request; with the hash of the trace. */
export function CheckList({ reports }: { readonly reports: readonly RunReport[] }) {
  return (
    <ul className="checks" aria-label="Checks">
      {reports.map((report) => (
        <CheckLine key={report.way} report={report} />
      ))}
    </ul>
  );
}

import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { durationText, fixedText, NO_VALUE, rateFigure, ratioText, sizeText } from '../../base/format.ts';
import type { MapType } from '../../core/pcie/verdict.ts';
import type { RunReport } from '../../engine/protocol.ts';
import { gainRatio, gainReport, type GainPair, type GainResult, type GainRun } from '../../store/whyGain.ts';
import type { Fix } from '../../store/edits.ts';
import { verdictWords } from '../../store/words.ts';
import { useDocument, useModel } from '../model.ts';
import { useLive } from '../widgets/Live.tsx';
import { VerdictGlyph } from '../widgets/VerdictGlyph.tsx';

const PROGRESS_HZ = 8;
/** Rates nearer than this are the same. */
const SAME_FRACTION = 0.005;

/** `, first byte 680 ns sooner`; nothing where that is the same, too. */
function sooner({ asItIs, withFix }: GainResult): string {
  const before_ps = gainReport(asItIs)?.firstByte_ps ?? 0;
  const after_ps = gainReport(withFix)?.firstByte_ps ?? 0;
  if (before_ps === after_ps) return ': no gain';
  const by = durationText(Math.abs(before_ps - after_ps));
  return `, the first byte ${by} ${after_ps < before_ps ? 'sooner' : 'later'}`;
}

/** `1.26× the rate`, or what there is instead. */
function ratioWords(result: GainResult): string {
  const ratio = gainRatio(result);
  if (ratio === undefined) return 'There is nothing to compare: one of them moves no bytes.';
  if (Math.abs(ratio - 1) < SAME_FRACTION) return `The same rate${sooner(result)}`;
  return ratio > 1 ? `${ratioText(ratio)} the rate` : `${ratioText(ratio)} the rate: slower`;
}

/** Payload that crosses the uplink for every byte moved, both directions. */
function uplinkPerByte(report: RunReport | undefined): string {
  if (report?.uplink === undefined || report.bytes === 0) return NO_VALUE;
  return `${fixedText((report.uplink.upBytes + report.uplink.downBytes) / report.bytes, 2)} B per byte`;
}

function firstByte(report: RunReport | undefined): string {
  return report === undefined ? NO_VALUE : durationText(report.firstByte_ps);
}

function Verdict({ mapType }: { readonly mapType: MapType | undefined }) {
  if (mapType === undefined) return <span>{NO_VALUE}</span>;
  return (
    <span className="gain-verdict">
      <VerdictGlyph kind={mapType} /> {verdictWords(mapType).name}
    </span>
  );
}

/** The rate of one machine as a bar; what goes through host memory is dashed, as its packets are hollow. */
function Rate({ run, most }: { readonly run: GainRun; readonly most: number }) {
  const report = gainReport(run);
  if (report === undefined) return <span>{NO_VALUE}</span>;
  const isBounce = run.outcome.kind !== 'finished';
  const share = most === 0 ? 0 : report.throughputBytesPerSecond / most;
  return (
    <span className="gain-rate">
      <span>
        <strong>{rateFigure(report.throughputBytesPerSecond).value}</strong> {isBounce ? 'GB/s, bounce' : 'GB/s'}
      </span>
      <i
        aria-hidden="true"
        className={isBounce ? 'gain-bar gain-bounce' : 'gain-bar'}
        style={{ width: `${share * 100}%` }}
      />
    </span>
  );
}

/** Why a machine does not go peer to peer. */
function Refusal({ title, run }: { readonly title: string; readonly run: GainRun }) {
  if (run.outcome.kind === 'finished') return undefined;
  const rest = run.instead?.kind === 'finished' || run.instead === undefined ? '' : ` Bounce: ${run.instead.reason}`;
  const how = run.outcome.kind === 'refused' ? 'P2P is refused' : 'P2P fails';
  return <p className="hint">{`${title}, ${how}: ${run.outcome.reason}${rest}`}</p>;
}

function GainTable({ result }: { readonly result: GainResult }) {
  const { asItIs, withFix } = result;
  const reports = [gainReport(asItIs), gainReport(withFix)];
  const most = Math.max(0, ...reports.map((report) => report?.throughputBytesPerSecond ?? 0));
  const mapOf = (run: GainRun): MapType | undefined =>
    run.mapType ?? (run.outcome.kind === 'refused' ? 'NOT_SUPPORTED' : undefined);
  return (
    <div className="gain">
      <p className="gain-ratio">{ratioWords(result)}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Figure</span>
            </th>
            <th scope="col">As it is</th>
            <th scope="col">With the fix</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Rate</th>
            <td>
              <Rate run={asItIs} most={most} />
            </td>
            <td>
              <Rate run={withFix} most={most} />
            </td>
          </tr>
          <tr>
            <th scope="row">Verdict</th>
            <td>
              <Verdict mapType={mapOf(asItIs)} />
            </td>
            <td>
              <Verdict mapType={mapOf(withFix)} />
            </td>
          </tr>
          <tr>
            <th scope="row">First byte</th>
            <td>{firstByte(reports[0])}</td>
            <td>{firstByte(reports[1])}</td>
          </tr>
          <tr>
            <th scope="row">Uplink</th>
            <td>{uplinkPerByte(reports[0])}</td>
            <td>{uplinkPerByte(reports[1])}</td>
          </tr>
        </tbody>
      </table>
      <Refusal title="As it is" run={asItIs} />
      <Refusal title="With the fix" run={withFix} />
      <p className="hint">{`Simulated: ${sizeText(result.bytes)} on each machine, nothing estimated.`}</p>
    </div>
  );
}

/** How far both runs are; written by the frame loop. */
function Progress({ read, onCancel }: { readonly read: () => number; readonly onCancel: () => void }) {
  const bar = useRef<HTMLProgressElement>(null);
  useLive(() => {
    if (bar.current !== null) bar.current.value = read();
  }, PROGRESS_HZ);
  return (
    <div className="gain-running">
      <progress ref={bar} max={1} aria-label="Simulating both machines" />
      <button type="button" className="button small" onClick={onCancel}>
        Cancel
      </button>
    </div>
  );
}

/** Runs the pair's transfer on the machine as it is and with a fix, and shows both. */
export function FixGain({ fix, pair }: { readonly fix: Fix; readonly pair: GainPair }) {
  const { gains } = useModel();
  const document = useDocument((state) => state.document);
  const question = { document, fixed: fix.document, pair, label: fix.label };
  const answer = useStore(gains.store, (state) => gains.answer(state, question));
  useEffect(() => gains.show(document), [gains, document]);
  const button = useRef<HTMLButtonElement>(null);
  const [wasCancelled, setCancelled] = useState(false);
  useEffect(() => {
    // The button that was pressed is gone: the one that took its place has the keyboard.
    if (wasCancelled && answer === undefined) button.current?.focus();
  }, [wasCancelled, answer]);
  if (answer?.kind === 'done') return <GainTable result={answer.result} />;
  if (answer?.kind === 'running') {
    return (
      <Progress
        read={answer.progress}
        onCancel={() => {
          setCancelled(true);
          gains.cancel();
        }}
      />
    );
  }
  return (
    <div className="gain-ask">
      <button
        ref={button}
        type="button"
        className="button small"
        onClick={() => {
          setCancelled(false);
          void gains.ask(question);
        }}
      >
        Simulate the gain
      </button>
      {answer === undefined ? undefined : (
        <p className="hint hint-bad" role="alert">
          {answer.reason}
        </p>
      )}
    </div>
  );
}

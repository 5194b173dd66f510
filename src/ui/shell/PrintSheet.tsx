import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import '../styles/print.css';
import { bytesText, durationText, integerText, NO_VALUE, rateText, sizeText } from '../../base/format.ts';
import type { RunReport } from '../../engine/protocol.ts';
import { LANE_IDS, type LaneState } from '../../store/session.ts';
import { lanesOf } from '../../store/simulation.ts';
import { projectedSentence } from '../../store/projectorWords.ts';
import { wayWords } from '../../store/words.ts';
import { useDocument, useSession, useView } from '../model.ts';
import { nodeBdf, nodeName } from '../names.ts';

const ROWS: readonly { readonly label: string; readonly read: (report: RunReport) => string }[] = [
  { label: 'Outcome', read: (report) => report.outcome },
  { label: 'Time to finish', read: (report) => durationText(report.duration_ps) },
  { label: 'First byte after', read: (report) => durationText(report.firstByte_ps) },
  { label: 'Throughput', read: (report) => rateText(report.throughputBytesPerSecond) },
  {
    label: 'Switch uplink',
    read: ({ uplink }) => (uplink === undefined ? NO_VALUE : bytesText(uplink.upBytes + uplink.downBytes)),
  },
  { label: 'Host DRAM', read: (report) => bytesText(report.memoryWrittenBytes + report.memoryReadBytes) },
  { label: 'CPU time', read: (report) => durationText(report.cpuBusy_ps) },
  { label: 'Interrupts', read: (report) => integerText(report.interrupts) },
];

/** The drawing of a scene as it stands on the page, scaled to the sheet: its layers have one size and place. */
function copyScenes(target: HTMLElement): void {
  target.replaceChildren();
  for (const scene of document.querySelectorAll<HTMLElement>('div.pl-scene')) {
    const { clientWidth, clientHeight } = scene;
    if (clientWidth === 0 || clientHeight === 0) continue;
    const figure = document.createElement('figure');
    figure.className = 'pl-scene';
    for (const layer of scene.querySelectorAll(':scope > svg')) {
      const copy = layer.cloneNode(true);
      if (!(copy instanceof SVGSVGElement)) continue;
      copy.setAttribute('viewBox', `0 0 ${clientWidth} ${clientHeight}`);
      copy.setAttribute('aria-hidden', 'true');
      for (const part of copy.querySelectorAll('[id], [tabindex]')) {
        part.removeAttribute('id');
        part.removeAttribute('tabindex');
      }
      figure.append(copy);
    }
    target.append(figure);
  }
}

function Results({ lanes }: { readonly lanes: readonly LaneState[] }) {
  const done = lanes.flatMap((lane) => (lane.report === undefined ? [] : [{ way: lane.way, report: lane.report }]));
  if (done.length === 0) return <p>No run has finished.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Result</th>
          {done.map(({ way }) => (
            <th key={way} scope="col">
              {wayWords(way).name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ROWS.map(({ label, read }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            {done.map(({ way, report }) => (
              <td key={way}>{read(report)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sheet() {
  const topology = useDocument((state) => state.document);
  const view = useView((state) => state);
  const all = useSession((state) => state.lanes);
  const shown = lanesOf(view);
  const lanes = LANE_IDS.filter((id) => shown.includes(id)).map((id) => all[id]);
  const { transfer } = topology;
  const { machine } = all.direct;
  return (
    <article className="print-sheet">
      <h1>{topology.name}</h1>
      <p>{topology.description}</p>
      <p>{`${sizeText(transfer.bytes)}, ${nodeName(topology, transfer.from)} to ${nodeName(topology, transfer.to)}`}</p>
      <div ref={(element) => (element === null ? undefined : copyScenes(element))} />
      {lanes.map((lane) => (
        <p key={lane.way}>
          <strong>{wayWords(lane.way).name}: </strong>
          {projectedSentence(lane, topology)}
        </p>
      ))}
      <Results lanes={lanes} />
      <table>
        <thead>
          <tr>
            <th scope="col">Function</th>
            <th scope="col">Address</th>
            <th scope="col">Below</th>
          </tr>
        </thead>
        <tbody>
          {topology.functions.map((fn) => (
            <tr key={fn.id}>
              <th scope="row">{fn.name}</th>
              <td>{nodeBdf(machine, fn.id) ?? NO_VALUE}</td>
              <td>{nodeName(topology, fn.parent)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </article>
  );
}

/** What comes out of the printer instead of the page: made when the browser begins to print, gone when it is done. */
export function PrintSheet() {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const root = document.documentElement;
    let theme: string | undefined;
    const onBefore = (): void => {
      theme = root.dataset['theme'];
      root.dataset['theme'] = 'light';
      flushSync(() => setPrinting(true));
    };
    const onAfter = (): void => {
      if (theme === undefined) delete root.dataset['theme'];
      else root.dataset['theme'] = theme;
      setPrinting(false);
    };
    window.addEventListener('beforeprint', onBefore);
    window.addEventListener('afterprint', onAfter);
    return () => {
      window.removeEventListener('beforeprint', onBefore);
      window.removeEventListener('afterprint', onAfter);
    };
  }, []);
  return printing ? <Sheet /> : undefined;
}

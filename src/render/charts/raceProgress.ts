/*
 * Bars of arrived bytes on one scale: who is ahead. Bars move every frame, figures ten times a second.
 */
import './charts.css';
import { bytesTextLike, sizeText } from '../../base/format.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import { frameLoop } from '../frameLoop.ts';
import { addHtml, FIGURE_INTERVAL_MS, flowOfWay, REDUCED_INTERVAL_MS, setText } from './chartDom.ts';
import type { CreateRaceProgress, RaceLane } from './chartHandles.ts';

interface Row {
  readonly lane: RaceLane;
  readonly track: HTMLElement;
  readonly fill: HTMLElement;
  readonly figure: HTMLElement;
}

/** Quarters of the job, as labels below the bars. */
const SCALE_STEPS = 4;

const arrivedOf = (lane: RaceLane): number => lane.view?.machineCounters[MACHINE_COUNTER.arrivedBytes] ?? 0;

export const createRaceProgress: CreateRaceProgress = (container, { label }) => {
  const root = addHtml(container, 'div', 'pl-progress');
  root.setAttribute('role', 'group');
  root.setAttribute('aria-label', label);
  let rows: readonly Row[] = [];
  let totalBytes = 1;
  let figuresAt_ms = -Infinity;
  let reduced = false;

  const draw = (now_ms: number): void => {
    const showFigures = now_ms - figuresAt_ms >= (reduced ? REDUCED_INTERVAL_MS : FIGURE_INTERVAL_MS);
    if (reduced && !showFigures) return;
    if (showFigures) figuresAt_ms = now_ms;
    for (const row of rows) {
      const arrived = arrivedOf(row.lane);
      row.fill.style.width = `${(Math.min(1, arrived / totalBytes) * 100).toFixed(3)}%`;
      if (!showFigures) continue;
      setText(row.figure, row.lane.view === undefined ? '–' : bytesTextLike(arrived, totalBytes));
      row.track.setAttribute('aria-valuenow', String(Math.floor((arrived / totalBytes) * 100)));
    }
  };
  const stop = frameLoop().subscribe('draw', draw);

  return {
    setLanes(lanes, bytes) {
      totalBytes = Math.max(1, bytes);
      root.replaceChildren();
      rows = lanes.map((lane) => {
        addHtml(root, 'span', 'pl-progress-name', lane.label);
        const track = addHtml(root, 'div', 'pl-progress-track');
        track.setAttribute('role', 'progressbar');
        track.setAttribute('aria-label', `${lane.label}, bytes arrived`);
        track.setAttribute('aria-valuemin', '0');
        track.setAttribute('aria-valuemax', '100');
        const fill = addHtml(track, 'div', 'pl-progress-fill');
        fill.dataset['flow'] = flowOfWay(lane.way);
        return { lane, track, fill, figure: addHtml(root, 'span', 'pl-progress-figure', '–') };
      });
      const scale = addHtml(root, 'div', 'pl-progress-scale');
      scale.setAttribute('aria-hidden', 'true');
      for (let step = 0; step <= SCALE_STEPS; step += 1) {
        const at = (totalBytes * step) / SCALE_STEPS;
        addHtml(
          scale,
          'span',
          '',
          step === 0 ? '0' : step === SCALE_STEPS ? sizeText(at) : bytesTextLike(at, totalBytes),
        );
      }
      figuresAt_ms = -Infinity;
    },
    setReducedMotion(value) {
      reduced = value;
    },
    dispose() {
      stop();
      root.remove();
    },
  };
};

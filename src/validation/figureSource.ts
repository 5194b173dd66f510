/* Where in the run of a machine the figure of a measurement is read, in words for the page. */
import { unreachable } from '../base/invariant.ts';
import { findPreset } from '../topology/presets/presets.ts';
import type { Figure, MeasurementRun, SingleRun } from './measurement.ts';

/** `rate of “Stores, other socket” over that of “Stores, own socket”`. */
export function figureSource(run: MeasurementRun): string {
  if ('preset' in run) return sourceOf(run);
  const word = run.combine === 'ratio' ? 'over' : 'less';
  return `${sourceOf(run.of)}, ${word} that of “${titleOf(run.by.preset)}”`;
}

function titleOf(preset: string): string {
  return findPreset(preset)?.title ?? preset;
}

function sourceOf({ preset, figure }: SingleRun): string {
  const flows = findPreset(preset)?.document.flows ?? [];
  return figureWords(figure, (id) => `“${flows.find((flow) => flow.id === id)?.name ?? id}”`);
}

function figureWords(figure: Figure, name: (flow: string) => string): string {
  switch (figure.kind) {
    case 'transferRate':
      return 'throughput of P2P in Race';
    case 'flowRate':
      return `rate of ${name(figure.flow)}`;
    case 'sumOfRates':
      return 'rates of all flows added up';
    case 'rateRatio':
      return `rate of ${name(figure.of)} over that of ${name(figure.to)}`;
    case 'medianLatency':
      return `median latency of ${name(figure.flow)}`;
    case 'timePerAccess':
      return `${figure.accessBytes} B over the rate of ${name(figure.flow)}`;
    case 'latencyDifference':
      return `median latency of ${name(figure.of)} less that of ${name(figure.minus)}`;
    case 'knee':
      return 'largest window at 95 % of the first one’s rate or more';
    case 'dramPerByte':
      return 'DRAM bytes of P2P in Race over the bytes that arrived';
    case 'busiestLink':
      return 'share of time in which the busiest link is used';
    case 'outcomes':
      return 'how the flows end';
    case 'dataIsWrong':
      return 'the check of the bytes after P2P in Race';
    default:
      return unreachable(figure);
  }
}

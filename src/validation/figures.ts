/* How a figure of the validation is written, in the page and in the document alike. */
import { fixedText } from '../base/format.ts';
import type { LinkOperation } from '../core/pcie/throughput.ts';
import type { ThroughputRow } from '../core/pcie/throughputRow.ts';
import type { NumberPoint, PointUnit, PointVerdict, Section, Span } from './points.ts';

const UNIT_WORDS: Readonly<Record<PointUnit, string>> = {
  'B/s': 'GB/s',
  ns: 'ns',
  B: 'KiB',
  ratio: '',
  'B/B': 'B/B',
  capability: '',
};

/** `7.22`; capabilities are said in words. */
export function figureNumber(value: number, unit: PointUnit): string {
  switch (unit) {
    case 'B/s':
      return fixedText(value / 1e9, value < 1e9 ? 4 : 3);
    case 'ns':
      return fixedText(value, 1);
    case 'B':
      return fixedText(value / 1024, 0);
    case 'ratio':
      return fixedText(value, 3);
    case 'B/B':
      return fixedText(value, 2);
    case 'capability':
      return value === 1 ? 'as described' : 'otherwise';
  }
}

/** With its unit. */
export function figureText(value: number, unit: PointUnit): string {
  const word = UNIT_WORDS[unit];
  return `${figureNumber(value, unit)}${word === '' ? '' : ` ${word}`}`;
}

/** `6.880 to 6.970 GB/s`, or one figure where both are the same. */
export function spanText({ low, high }: Span, unit: PointUnit): string {
  if (low === high || unit === 'capability') return figureText(low, unit);
  return `${figureNumber(low, unit)} to ${figureText(high, unit)}`;
}

export const SECTION_WORDS: Readonly<Record<Section, { readonly title: string; readonly summary: string }>> = {
  throughput: {
    title: 'Throughput of one link',
    summary: 'Saturating streams against the closed forms: TLPs and wire bytes exactly, the rate within −1 to +3 %.',
  },
  latency: {
    title: 'Latency and outstanding reads',
    summary: 'Worked values of single requests, and what a number of reads in flight allows, within 1 %.',
  },
  semantics: {
    title: 'Peer-to-peer semantics',
    summary: 'Worked cases: what the kernel decides, the IOMMU groups, and the way that TLPs take.',
  },
  measurements: {
    title: 'Published measurements',
    summary: 'What others measured on real machines, against runs of machines built like theirs.',
  },
};

export const VERDICT_WORDS: Readonly<Record<PointVerdict, string>> = {
  inside: 'inside',
  missed: 'missed',
  notRun: 'not run',
};

/** How far the model is from the nearer end of the reference, as a fraction; 0 between its ends. */
export function deviation({ model, reference }: NumberPoint): number | undefined {
  if (model === undefined || reference.low <= 0) return undefined;
  if (model < reference.low) return model / reference.low - 1;
  return model > reference.high ? model / reference.high - 1 : 0;
}

const OPERATION_WORDS: Readonly<Record<LinkOperation, string>> = {
  write: 'write',
  read: 'read',
  readwrite: 'read + write',
};

/** `Gen3 x8 read of 512 B, MPS 256, MRRS 512` and what else is not the default. */
export function throughputTitle({ setting, operation, sizeBytes }: ThroughputRow): string {
  const more = [
    ...(setting.completionChunk === 'rcb' ? [`completions cut at ${setting.rcbBytes} B`] : []),
    ...(setting.addressBits === 32 ? ['32-bit addresses'] : []),
    ...(setting.ecrc ? ['ECRC'] : []),
  ];
  const link = `Gen${setting.gen} x${setting.lanes}`;
  return [
    `${link} ${OPERATION_WORDS[operation]} of ${sizeBytes} B, MPS ${setting.mpsBytes}, MRRS ${setting.mrrsBytes}`,
    ...more,
  ].join(', ');
}

/** Explains the two words that a reader has to know; the page says the same. */
export const EXPLANATION = [
  'Every figure of the model comes from a run of the event-driven simulator. The accepted range says how far it may be from the reference: for closed forms it follows from how acknowledgements share a link, for measurements from the spread and the known conditions of the measurement.',
  'A figure is “calibrated” if a parameter of the model was chosen with it in view; agreement then only says that the parameter arrives where it should. It is “validated” if no parameter was: agreement says that the model predicts it. A parameter that was calibrated on a figure is never also validated by it.',
] as const;

/* A filter's tree as a test of records, and what can be written next in its text. */
import { err, ok, type Result } from '../base/result.ts';
import {
  CLASS_OF_KIND,
  COMPLETION_STATUS,
  FLOW,
  flowClassOf,
  flowNumberOf,
  TLP_CLASS,
  TLP_KIND,
} from '../core/pcie/tlp.ts';
import {
  FILTER_FIELD_NAMES,
  FILTER_FIELDS,
  type FilterError,
  type FilterField,
  type FilterTree,
  OPERATORS,
  type Operator,
  STATUS_WORDS,
  tokensOf,
  TYPE_WORDS,
} from './inspectFilterText.ts';
import { NO_STATUS, statusOf } from './inspectJoin.ts';
import type { PacketLog } from './inspectLog.ts';
import type { RecordTest } from './inspectRows.ts';

/** The names a filter can use for things of this machine. */
export interface FilterNames {
  /** By segment: both ends, `nic0`, `02:01.0`, and the way in words, `nic0 to 02:01.0`. */
  readonly segments: readonly (readonly string[])[];
  /** Who may be a requester. */
  readonly requesters: readonly { readonly names: readonly string[]; readonly id: number }[];
  /** By flow number; the transfer first. */
  readonly flows: readonly string[];
}

type WordTree = Extract<FilterTree, { readonly kind: 'word' }>;

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Values of a field of a record, for fields that have an order. */
function numberReader(log: PacketLog, field: FilterField): (record: number) => number {
  const { serial, start_ps, tag, address, lengthBytes } = log;
  switch (field) {
    case 'no':
      return (record) => serial[log.cell(record)] ?? 0;
    case 'time':
      return (record) => start_ps[log.cell(record)] ?? 0;
    case 'tag':
      return (record) => tag[log.cell(record)] ?? 0;
    case 'address':
      return (record) => address[log.cell(record)] ?? 0;
    default:
      return (record) => lengthBytes[log.cell(record)] ?? 0;
  }
}

function comparison(read: (record: number) => number, operator: Operator, value: number): RecordTest {
  switch (operator) {
    case '=':
      return (record) => read(record) === value;
    case '!=':
      return (record) => read(record) !== value;
    case '<':
      return (record) => read(record) < value;
    case '<=':
      return (record) => read(record) <= value;
    case '>':
      return (record) => read(record) > value;
    case '>=':
      return (record) => read(record) >= value;
  }
}

/** Address ranges ask which TLPs touch them, not only which begin there. */
function rangeTest(log: PacketLog, tree: Extract<FilterTree, { readonly kind: 'range' }>): RecordTest {
  const read = numberReader(log, tree.field);
  const { from, to } = tree;
  if (tree.field !== 'address') return (record) => read(record) >= from && read(record) <= to;
  return (record) => read(record) <= to && read(record) + Math.max(1, log.lengthBytes[log.cell(record)] ?? 1) > from;
}

const CLASS_WORDS: Readonly<Record<string, number>> = {
  posted: TLP_CLASS.posted,
  nonposted: TLP_CLASS.nonPosted,
  completion: TLP_CLASS.completion,
};
const KIND_NUMBERS: Readonly<Record<string, number>> = TLP_KIND;
const STATUS_NUMBERS: Readonly<Record<string, number>> = {
  ...COMPLETION_STATUS,
  posted: NO_STATUS.posted,
  pending: NO_STATUS.pending,
};

function typeTest(log: PacketLog, { value, is }: WordTree): RecordTest {
  const kind = KIND_NUMBERS[value];
  if (kind !== undefined) return (record) => (log.kind(record) === kind) === is;
  const wanted = CLASS_WORDS[value];
  return (record) => (CLASS_OF_KIND[log.kind(record)] === wanted) === is;
}

/** `status != SC` means answered with something else: what has no answer yet, or needs none, is neither. */
function statusTest(log: PacketLog, { value, is }: WordTree): RecordTest {
  const wanted = STATUS_NUMBERS[value] ?? 0;
  if (wanted < 0) return (record) => (statusOf(log, record) === wanted) === is;
  return (record) => {
    const status = statusOf(log, record);
    return status >= 0 && (status === wanted) === is;
  };
}

type Compiled = Result<RecordTest, FilterError>;

function unknownName(tree: WordTree, known: readonly string[]): Compiled {
  const { token } = tree;
  const message = `This machine has no ${tree.field} “${tree.value}”. It has ${known.slice(0, 8).join(', ')}${known.length > 8 ? '…' : ''}.`;
  return err({ at: token.at, length: token.text.length + (token.quoted ? 2 : 0), message });
}

function linkTest(log: PacketLog, tree: WordTree, names: FilterNames): Compiled {
  const wanted = names.segments.map((ends) => ends.some((end) => same(end, tree.value)));
  if (!wanted.includes(true)) return unknownName(tree, linkWords(names));
  return ok((record) => (wanted[log.segment[log.cell(record)] ?? 0] === true) === tree.is);
}

function requesterTest(log: PacketLog, tree: WordTree, names: FilterNames): Compiled {
  const ids = new Set(
    names.requesters.filter((row) => row.names.some((name) => same(name, tree.value))).map((row) => row.id),
  );
  if (ids.size === 0) return unknownName(tree, requesterWords(names));
  return ok((record) => ids.has(log.requester[log.cell(record)] ?? -1) === tree.is);
}

const FLOW_WORDS: Readonly<Record<string, readonly number[]>> = {
  control: [FLOW.control],
  p2p: [FLOW.p2p],
  bounce: [FLOW.bounceIn, FLOW.bounceOut],
};

function flowTest(log: PacketLog, tree: WordTree, names: FilterNames): Compiled {
  const classes = FLOW_WORDS[tree.value.toLowerCase()];
  if (classes !== undefined) return ok((record) => classes.includes(flowClassOf(log.flow(record))) === tree.is);
  const number = names.flows.findIndex((name) => same(name, tree.value));
  if (number < 0) return unknownName(tree, flowWords(names));
  return ok((record) => {
    const flow = log.flow(record);
    return (flowClassOf(flow) !== FLOW.control && flowNumberOf(flow) === number) === tree.is;
  });
}

/** @returns a test of record numbers that are held, or which name this machine does not know. */
export function compileFilter(tree: FilterTree, log: PacketLog, names: FilterNames): Compiled {
  switch (tree.kind) {
    case 'all':
      return ok(() => true);
    case 'number':
      return ok(comparison(numberReader(log, tree.field), tree.operator, tree.value));
    case 'range':
      return ok(rangeTest(log, tree));
    case 'not': {
      const part = compileFilter(tree.part, log, names);
      if (!part.ok) return part;
      return ok((record) => !part.value(record));
    }
    case 'and':
    case 'or': {
      const left = compileFilter(tree.left, log, names);
      if (!left.ok) return left;
      const right = compileFilter(tree.right, log, names);
      if (!right.ok) return right;
      const [a, b] = [left.value, right.value];
      return ok(tree.kind === 'and' ? (record) => a(record) && b(record) : (record) => a(record) || b(record));
    }
    case 'word':
      return compileWord(tree, log, names);
  }
}

function compileWord(tree: WordTree, log: PacketLog, names: FilterNames): Compiled {
  switch (tree.field) {
    case 'type':
      return ok(typeTest(log, tree));
    case 'status':
      return ok(statusTest(log, tree));
    case 'link':
      return linkTest(log, tree, names);
    case 'requester':
      return requesterTest(log, tree, names);
    default:
      return flowTest(log, tree, names);
  }
}

/** The answer to it can change after a record was looked at. */
export function asksForStatus(tree: FilterTree): boolean {
  switch (tree.kind) {
    case 'and':
    case 'or':
      return asksForStatus(tree.left) || asksForStatus(tree.right);
    case 'not':
      return asksForStatus(tree.part);
    case 'word':
      return tree.field === 'status';
    default:
      return false;
  }
}

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)];
const linkWords = (names: FilterNames): readonly string[] => unique(names.segments.flat());
const requesterWords = (names: FilterNames): readonly string[] =>
  unique(names.requesters.flatMap((requester) => requester.names));
const flowWords = (names: FilterNames): readonly string[] => unique([...Object.keys(FLOW_WORDS), ...names.flows]);

export interface Suggestion {
  readonly text: string;
  readonly detail: string;
}

export interface Completion {
  /** What a suggestion replaces, in characters of the text. */
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly Suggestion[];
}

const EXAMPLES: Readonly<Partial<Record<FilterField, readonly Suggestion[]>>> = {
  time: [{ text: '0ns to 10us', detail: 'between two instants' }],
  address: [{ text: '0x40_0000_0000 + 64K', detail: 'what touches a range' }],
  length: ['4', '64', '128', '256', '4K'].map((text) => ({ text, detail: 'bytes' })),
};

function valuesOf(field: FilterField, names: FilterNames): readonly Suggestion[] {
  const plain = (words: readonly string[]): readonly Suggestion[] =>
    words.map((text) => ({ text: /[\s()+"=<>!]/.test(text) ? `"${text}"` : text, detail: '' }));
  switch (field) {
    case 'type':
      return plain(TYPE_WORDS);
    case 'status':
      return plain(STATUS_WORDS);
    case 'link':
      return plain(linkWords(names));
    case 'requester':
      return plain(requesterWords(names));
    case 'flow':
      return plain(flowWords(names));
    default:
      return EXAMPLES[field] ?? [];
  }
}

const FIELD_SUGGESTIONS: readonly Suggestion[] = [
  ...FILTER_FIELD_NAMES.map((field) => ({ text: field, detail: FILTER_FIELDS[field].words })),
  { text: 'not', detail: 'the opposite of what follows' },
];
const JOINING: readonly Suggestion[] = [
  { text: 'and', detail: 'both' },
  { text: 'or', detail: 'either' },
];

/** What may come after these words: a field, a sign or value, or a joining word. */
function nextAfter(words: readonly string[], names: FilterNames): readonly Suggestion[] {
  const isField = (word: string | undefined): FilterField | undefined =>
    FILTER_FIELD_NAMES.find((field) => field === word?.toLowerCase());
  const last = words.at(-1);
  if (last === undefined || ['and', 'or', 'not', '('].includes(last.toLowerCase())) return FIELD_SUGGESTIONS;
  const beforeLast = words.at(-2)?.toLowerCase();
  const opensValue = beforeLast === undefined || ['and', 'or', 'not', '('].includes(beforeLast);
  const field = isField(last);
  if (field !== undefined && opensValue) {
    const signs = FILTER_FIELDS[field].ordered ? OPERATORS : OPERATORS.slice(0, 2);
    return [...valuesOf(field, names), ...signs.map((text) => ({ text, detail: 'compare' }))];
  }
  const compared = isField(beforeLast);
  if (compared !== undefined && OPERATORS.some((operator) => operator === last)) return valuesOf(compared, names);
  return JOINING;
}

/** What can be written at the caret: the words that begin like the one it touches, else what may come next. */
export function completeFilter(text: string, caret: number, names: FilterNames): Completion {
  const before = text.slice(0, caret);
  const open = /"[^"]*$/.exec(before.replace(/"[^"]*"/g, (quoted) => ' '.repeat(quoted.length)));
  const word = open ?? /[^\s"=<>!()+]*$/.exec(before);
  const from = word === null ? caret : caret - word[0].length;
  const tokens = tokensOf(text.slice(0, from));
  const words = tokens.ok ? tokens.value.map((token) => token.text) : [];
  const begun = before.slice(from).replace('"', '').toLowerCase();
  const to = caret + (/^[^\s"=<>!()+]*/.exec(text.slice(caret))?.[0].length ?? 0);
  const suggestions = nextAfter(words, names).filter(
    (suggestion) => suggestion.text.replace('"', '').toLowerCase().startsWith(begun) && suggestion.text !== begun,
  );
  return { from, to, suggestions };
}

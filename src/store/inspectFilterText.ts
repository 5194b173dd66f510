/*
 * The filter language of the packet list, as text to tree.
 *
 *   filter     = either { "or" either }          either = part { "and" part }
 *   part       = "not" part | "(" filter ")" | comparison
 *   comparison = field [ operator ] value [ "to" value | "+" size ]
 *
 *   type = MWr and length >= 128      time 3.2ms to 3.3ms      address 0x40_0000_0000 + 64K
 */
import { parseAddress, parseSize } from '../base/format.ts';
import { err, ok, type Result } from '../base/result.ts';
import { PS_PER_MS, PS_PER_NS, PS_PER_SECOND, PS_PER_US } from '../base/units.ts';
import { COMPLETION_STATUS, TLP_KIND_NAMES } from '../core/pcie/tlp.ts';

export const OPERATORS = ['=', '!=', '<', '<=', '>', '>='] as const;
export type Operator = (typeof OPERATORS)[number];

/** What can be asked of a TLP; `ordered` fields have a size and take every operator and ranges. */
export const FILTER_FIELDS = {
  no: { ordered: true, words: 'number of the TLP' },
  time: { ordered: true, words: 'when its first bit left, in ms unless a unit follows' },
  type: { ordered: false, words: 'MWr, MRd, CplD… or posted, nonposted, completion' },
  link: { ordered: false, words: 'name or BDF of an end of a link it crossed' },
  requester: { ordered: false, words: 'BDF or name of who asked' },
  tag: { ordered: true, words: 'hexadecimal, as the column shows it' },
  address: { ordered: true, words: 'bus address, hexadecimal; + size for a range' },
  length: { ordered: true, words: 'payload, or what a read asks for' },
  status: { ordered: false, words: 'SC, UR, CRS, CA, posted, pending' },
  flow: { ordered: false, words: 'p2p, bounce, control, or the name of a flow' },
} as const;
export type FilterField = keyof typeof FILTER_FIELDS;
export const FILTER_FIELD_NAMES = Object.keys(FILTER_FIELDS) as readonly FilterField[];

export type FilterTree =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly left: FilterTree; readonly right: FilterTree }
  | { readonly kind: 'not'; readonly part: FilterTree }
  | { readonly kind: 'number'; readonly field: FilterField; readonly operator: Operator; readonly value: number }
  /** Both ends inclusive. */
  | { readonly kind: 'range'; readonly field: FilterField; readonly from: number; readonly to: number }
  | {
      readonly kind: 'word';
      readonly field: FilterField;
      readonly is: boolean;
      readonly value: string;
      readonly token: Token;
    };

/** Where the text is wrong and why; `at` counts characters from 0. */
export interface FilterError {
  readonly at: number;
  readonly length: number;
  readonly message: string;
}

export interface Token {
  readonly text: string;
  readonly at: number;
  readonly quoted: boolean;
}

const TOKEN = /\s+|"([^"]*)"|(!=|<=|>=|[=<>()+])|([^\s"=<>!()+]+)/y;

/** Cuts the text; what fits nowhere is an error at its place. */
export function tokensOf(text: string): Result<readonly Token[], FilterError> {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) {
      const message = text[at] === '"' ? 'This quotation is not closed.' : `“${text[at]}” is not part of a filter.`;
      return err({ at, length: text.length - at, message });
    }
    const [, quoted, sign, word] = match;
    const own = quoted ?? sign ?? word;
    if (own !== undefined) tokens.push({ text: own, at, quoted: quoted !== undefined });
  }
  return ok(tokens);
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  '': PS_PER_MS,
  ps: 1,
  ns: PS_PER_NS,
  us: PS_PER_US,
  µs: PS_PER_US,
  ms: PS_PER_MS,
  s: PS_PER_SECOND,
};

function timeOf(text: string): number | undefined {
  const parts = /^(\d+(?:[\d_]*)(?:\.[\d_]+)?)([a-zµ]*)$/.exec(text.toLowerCase());
  const unit = TIME_UNITS[parts?.[2] ?? ''];
  return parts === null || unit === undefined
    ? undefined
    : Math.round(Number((parts[1] ?? '').replaceAll('_', '')) * unit);
}

function wholeOf(text: string): number | undefined {
  return /^\d[\d_]*$/.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

function sizeOf(text: string): number | undefined {
  const size = parseSize(text);
  return size.ok ? size.value : undefined;
}

const NUMBERS: Readonly<Partial<Record<FilterField, { read: (text: string) => number | undefined; form: string }>>> = {
  no: { read: wholeOf, form: 'a whole number such as 177126' },
  time: { read: timeOf, form: 'a time such as 3.2ms or 250ns' },
  tag: { read: parseAddress, form: 'a hexadecimal tag such as 1A' },
  address: { read: parseAddress, form: 'a hexadecimal address such as 0x40_0000_0000' },
  length: { read: sizeOf, form: 'a size such as 128 or 4K' },
};

export const TYPE_WORDS = [...TLP_KIND_NAMES, 'posted', 'nonposted', 'completion'] as const;
export const STATUS_WORDS = [...Object.keys(COMPLETION_STATUS), 'posted', 'pending'] as const;

const isOperator = (text: string | undefined): text is Operator => OPERATORS.some((operator) => operator === text);

/** A parser that goes on until something is wrong, then keeps that one error. */
class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  error: FilterError | undefined;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  whole(): FilterTree {
    const tree = this.#either();
    const rest = this.#tokens[this.#next];
    if (rest !== undefined) this.#fail(rest, `“${rest.text}” does not follow here: join comparisons with and, or.`);
    return tree;
  }

  #fail(token: Token | undefined, message: string): FilterTree {
    this.error ??=
      token === undefined
        ? { at: this.#text.length, length: 0, message }
        : { at: token.at, length: token.text.length + (token.quoted ? 2 : 0), message };
    // Nothing after an error is read.
    this.#next = this.#tokens.length;
    return { kind: 'all' };
  }

  #takes(word: string): boolean {
    const token = this.#tokens[this.#next];
    if (token === undefined || token.quoted || token.text.toLowerCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #either(): FilterTree {
    let left = this.#both();
    while (this.#takes('or')) left = { kind: 'or', left, right: this.#both() };
    return left;
  }

  #both(): FilterTree {
    let left = this.#part();
    while (this.#takes('and')) left = { kind: 'and', left, right: this.#part() };
    return left;
  }

  #part(): FilterTree {
    if (this.#takes('not')) return { kind: 'not', part: this.#part() };
    if (this.#takes('(')) {
      const inner = this.#either();
      if (!this.#takes(')')) return this.#fail(this.#tokens[this.#next], 'A closing parenthesis is missing here.');
      return inner;
    }
    return this.#comparison();
  }

  #comparison(): FilterTree {
    const name = this.#tokens[this.#next];
    const field = FILTER_FIELD_NAMES.find((candidate) => candidate === name?.text.toLowerCase());
    if (name === undefined) return this.#fail(undefined, 'A comparison is missing here, such as type = MWr.');
    if (field === undefined) {
      return this.#fail(name, `“${name.text}” is not a field. Fields are ${FILTER_FIELD_NAMES.join(', ')}.`);
    }
    this.#next += 1;
    const sign = this.#tokens[this.#next];
    const operator = isOperator(sign?.text) && sign !== undefined && !sign.quoted ? sign.text : undefined;
    if (operator !== undefined) this.#next += 1;
    if (!FILTER_FIELDS[field].ordered && operator !== undefined && operator !== '=' && operator !== '!=') {
      return this.#fail(sign, `${field} has no order: use = or !=.`);
    }
    const value = this.#tokens[this.#next];
    if (value === undefined) return this.#fail(undefined, `A value is missing here: ${FILTER_FIELDS[field].words}.`);
    this.#next += 1;
    const numbers = NUMBERS[field];
    if (numbers === undefined) {
      return this.#word(field, operator !== '!=', value);
    }
    const from = numbers.read(value.text);
    if (from === undefined) return this.#fail(value, `“${value.text}” is not ${numbers.form}.`);
    return this.#ranged(field, operator, from);
  }

  #word(field: FilterField, is: boolean, token: Token): FilterTree {
    const known = field === 'type' ? TYPE_WORDS : field === 'status' ? STATUS_WORDS : undefined;
    const value = known?.find((word) => word.toLowerCase() === token.text.toLowerCase());
    if (known !== undefined && value === undefined) {
      return this.#fail(token, `“${token.text}” is not a ${field}: ${known.join(', ')}.`);
    }
    return { kind: 'word', field, is, value: value ?? token.text, token };
  }

  #ranged(field: FilterField, operator: Operator | undefined, from: number): FilterTree {
    const isSum = this.#takes('+');
    if (!isSum && !this.#takes('to')) return { kind: 'number', field, operator: operator ?? '=', value: from };
    const before = this.#tokens[this.#next - 1];
    if (operator !== undefined && operator !== '=') return this.#fail(before, 'A range takes no other sign than =.');
    const token = this.#tokens[this.#next];
    const size = field === 'address' || field === 'length' ? sizeOf : NUMBERS[field]?.read;
    const read = isSum ? size : NUMBERS[field]?.read;
    const value = token === undefined ? undefined : read?.(token.text);
    if (value === undefined) {
      return this.#fail(token, isSum ? 'A size such as 64K is missing here.' : 'The end of the range is missing here.');
    }
    this.#next += 1;
    return { kind: 'range', field, from, to: isSum ? from + value - 1 : value };
  }
}

/** Reads a filter; an empty one passes everything. */
export function parseFilter(text: string): Result<FilterTree, FilterError> {
  const tokens = tokensOf(text);
  if (!tokens.ok) return tokens;
  if (tokens.value.length === 0) return ok({ kind: 'all' });
  const parser = new Parser(text, tokens.value);
  const tree = parser.whole();
  return parser.error === undefined ? ok(tree) : err(parser.error);
}

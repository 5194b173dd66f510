/*
 * The bus tree as `lspci -t` draws it, from bus-number registers only (enumeration reference, L-6).
 *
 *   -[0000:00]-+-00.0
 *              +-01.0-[01-02]----00.0-[02]----00.0
 *              \-02.0-[03]--
 */
import { hex } from '../../base/bits.ts';
import type { Bdf } from '../../base/units.ts';
import { busOf, deviceOf, functionOf } from '../pcie/bdf.ts';
import type { HostView } from './hostView.ts';

/** What the tree needs to know of a function. */
export interface TreeFunction {
  readonly segment: number;
  readonly bdf: Bdf;
  /** Registers of a bridge; undefined on other functions. */
  readonly buses: { readonly primary: number; readonly secondary: number; readonly subordinate: number } | undefined;
}

interface TreeBus {
  readonly segment: number;
  readonly number: number;
  readonly functions: TreeFunction[];
}

/** A bridge with the buses drawn behind it. The root is one too; all bridges are its children. */
interface TreeBridge {
  readonly segment: number;
  readonly secondary: number;
  readonly subordinate: number;
  readonly owner: TreeFunction | undefined;
  readonly children: TreeBridge[];
  readonly buses: TreeBus[];
}

/** Functions of a view, with VFs; bridges that got no numbers read zeros. */
export function treeFunctions(view: HostView): readonly TreeFunction[] {
  return view.functions.map(({ segment, bdf, headerType, buses }) => ({
    segment,
    bdf,
    buses: headerType === 1 ? (buses ?? { primary: 0, secondary: 0, subordinate: 0 }) : undefined,
  }));
}

function busIn(bridge: TreeBridge, segment: number, number: number): TreeBus | undefined {
  return bridge.buses.find((bus) => bus.segment === segment && bus.number === number);
}

/** Puts a function on its bus, making the bus where no bridge says it has it. */
function insert(entry: TreeFunction, bridge: TreeBridge): void {
  const number = busOf(entry.bdf);
  let bus = busIn(bridge, entry.segment, number);
  if (bus === undefined) {
    const child = bridge.children.find(
      (candidate) =>
        candidate.segment === entry.segment && number >= candidate.secondary && number <= candidate.subordinate,
    );
    if (child !== undefined) {
      insert(entry, child);
      return;
    }
    bus = { segment: entry.segment, number, functions: [] };
    bridge.buses.push(bus);
  }
  bus.functions.push(entry);
}

/** A line that is being drawn; after it is printed, what continues below it is kept as `|`. */
class Drawing {
  readonly lines: string[] = [];
  private _line = '';

  print(upTo: string): void {
    this.lines.push(upTo);
    this._line = upTo.replace(/[^+|]/g, ' ').replace(/\+/g, '|');
  }

  /** `prefix` as it looks now: parts that were printed already are blank or `|`. */
  continued(prefix: string): string {
    return this._line.slice(0, prefix.length).padEnd(prefix.length, ' ');
  }
}

class TreePrinter {
  private readonly _drawing = new Drawing();
  private readonly _bridgeOf: ReadonlyMap<TreeFunction, TreeBridge>;

  constructor(bridgeOf: ReadonlyMap<TreeFunction, TreeBridge>) {
    this._bridgeOf = bridgeOf;
  }

  text(root: TreeBridge): string {
    this.#bridge(root, '');
    return this._drawing.lines.map((line) => `${line}\n`).join('');
  }

  #bridge(bridge: TreeBridge, prefix: string): void {
    const start = `${prefix}-`;
    const only = bridge.buses.length === 1 ? bridge.buses[0] : undefined;
    if (only !== undefined) {
      const label = bridge.owner === undefined ? `[${hex(only.segment, 4)}:${hex(only.number, 2)}]-` : '';
      this.#bus(only, `${start}${label}`);
      return;
    }
    let current = start;
    bridge.buses.forEach((bus, index) => {
      const corner = index === bridge.buses.length - 1 ? '\\' : '+';
      this.#bus(bus, `${current}${corner}-[${hex(bus.segment, 4)}:${hex(bus.number, 2)}]-`);
      current = this._drawing.continued(start);
    });
  }

  #bus(bus: TreeBus, prefix: string): void {
    const { functions } = bus;
    const [first] = functions;
    if (first === undefined) {
      this._drawing.print(prefix);
      return;
    }
    if (functions.length === 1) {
      this.#function(first, `${prefix}--`);
      return;
    }
    let current = prefix;
    functions.forEach((entry, index) => {
      const corner = index === functions.length - 1 ? '\\' : '+';
      this.#function(entry, `${current}${corner}-`);
      current = this._drawing.continued(prefix);
    });
  }

  #function(entry: TreeFunction, prefix: string): void {
    const label = `${prefix}${hex(deviceOf(entry.bdf), 2)}.${functionOf(entry.bdf)}`;
    const bridge = this._bridgeOf.get(entry);
    if (bridge === undefined) {
      this._drawing.print(label);
      return;
    }
    const { secondary, subordinate } = bridge;
    const range = secondary === subordinate ? hex(secondary, 2) : `${hex(secondary, 2)}-${hex(subordinate, 2)}`;
    this.#bridge(bridge, secondary === 0 ? `${label}-` : `${label}-[${range}]-`);
  }
}

/**
 * The tree of all functions, byte for byte as `lspci -t` prints it.
 * @param functions in any order.
 * @spec enumeration reference, L-6 and 10.2
 */
export function lspciTree(functions: readonly TreeFunction[]): string {
  const ordered = [...functions].sort((a, b) => a.segment - b.segment || a.bdf - b.bdf);
  const root: TreeBridge = {
    segment: 0,
    secondary: 0,
    subordinate: Infinity,
    owner: undefined,
    children: [],
    buses: [],
  };
  const bridgeOf = new Map<TreeFunction, TreeBridge>();
  for (const entry of ordered) {
    if (entry.buses === undefined) continue;
    bridgeOf.set(entry, { segment: entry.segment, ...entry.buses, owner: entry, children: [], buses: [] });
  }
  // Later bridges are asked first: with consistent numbers that is the innermost one whose range fits.
  for (const bridge of bridgeOf.values()) root.children.unshift(bridge);
  root.buses.push({ segment: 0, number: 0, functions: [] });
  for (const bridge of bridgeOf.values()) {
    bridge.buses.push({ segment: bridge.segment, number: bridge.secondary, functions: [] });
  }
  for (const entry of ordered) insert(entry, root);
  return new TreePrinter(bridgeOf).text(root);
}

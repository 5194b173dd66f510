/*
 * `?bench=packets&count=N`: a machine of 200 devices with about N packets in flight all the time, drawn by the
 * same scene as any other machine. The packets are synthetic hop records; frame times are in `window.__bench`.
 */
import {
  HOP,
  HOP_WORDS,
  JOB_STATE,
  LINK_COUNTER,
  LINK_COUNTER_COUNT,
  MACHINE_COUNTER,
  MACHINE_COUNTER_COUNT,
} from '../core/pcie/counters.ts';
import { FLOW, FLOW_COUNT, TLP_KIND } from '../core/pcie/tlp.ts';
import { MEMORY_COUNTER_COUNT, FUNCTION_COUNTER_COUNT, UPSTREAM, DOWNSTREAM } from '../core/pcie/counters.ts';
import { EMPTY_SERIES, type MachineView } from '../engine/clientInterface.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { benchDescription, benchDocument } from './benchMachine.ts';
import { frameLoop } from './frameLoop.ts';
import { layoutMachine } from './layout/layoutMachine.ts';
import { Ways } from './moving/ways.ts';
import { createScene } from './scene.ts';

/** What the page shows of itself while it is measured. */
export interface PacketBench {
  readonly count: number;
  /** Packets that are really in flight now. */
  inFlight: number;
  frames: number;
  /** Milliseconds between frames, over all frames so far. */
  p50_ms: number;
  p95_ms: number;
  /** Tasks of more than 50 ms. */
  longTasks: number;
}

/** Simulated picoseconds a second: slow enough that packets stay packets. */
const SPEED_PSPERSECOND = 60e3;
const PAYLOAD_BYTES = 64;
const HOP_DURATION_PS = 20e3;
/** From the start of the first hop to the start of the second. */
const SWITCH_PS = 106_500;
const GAPS_KEPT = 4096;
const MS_PER_SECOND = 1000;
const FLOWS = [FLOW.p2p, FLOW.bounceIn, FLOW.p2p, FLOW.p2p] as const;
const KINDS = [TLP_KIND.MWr, TLP_KIND.MWr, TLP_KIND.CplD, TLP_KIND.MRd] as const;

/** One stream of packets: up one link, down another of the same switch. */
interface Stream {
  readonly up: number;
  readonly down: number;
  readonly what: number;
  readonly period_ps: number;
  next_ps: number;
}

interface PendingHop {
  readonly at_ps: number;
  readonly segment: number;
  readonly what: number;
  readonly serial: number;
}

/** A window on nothing: counters and hops of synthetic streams. */
class SyntheticView implements MachineView {
  readonly machineCounters = new Float64Array(MACHINE_COUNTER_COUNT);
  readonly linkCounters: Float64Array;
  readonly functionCounters: Float64Array;
  readonly memoryCounters = new Float64Array(MEMORY_COUNTER_COUNT * FLOW_COUNT);
  readonly flowCounters = new Float64Array(0);
  readonly series = EMPTY_SERIES;
  readonly #streams: readonly Stream[];
  readonly #words = new Float64Array(HOP_WORDS);
  readonly #pending: PendingHop[] = [];
  #serial = 0;

  constructor(machine: MachineDescription, streams: readonly Stream[]) {
    this.linkCounters = new Float64Array(machine.links.length * 2 * LINK_COUNTER_COUNT);
    this.functionCounters = new Float64Array(machine.functions.length * FUNCTION_COUNTER_COUNT);
    this.#streams = streams;
    this.machineCounters[MACHINE_COUNTER.jobState] = JOB_STATE.running;
  }

  readMemory(): boolean {
    return false;
  }

  drainHops(visit: (words: Float64Array, offset: number) => void): number {
    const now_ps = this.machineCounters[MACHINE_COUNTER.now_ps] ?? 0;
    for (const stream of this.#streams) {
      while (stream.next_ps <= now_ps) {
        this.#serial += 1;
        this.#emit(visit, stream.next_ps, stream.up, stream.what, this.#serial);
        this.#pending.push({
          at_ps: stream.next_ps + SWITCH_PS,
          segment: stream.down,
          what: stream.what,
          serial: this.#serial,
        });
        stream.next_ps += stream.period_ps;
      }
    }
    while ((this.#pending[0]?.at_ps ?? Infinity) <= now_ps) {
      const hop = this.#pending.shift();
      if (hop !== undefined) this.#emit(visit, hop.at_ps, hop.segment, hop.what, hop.serial);
    }
    return 0;
  }

  #emit(
    visit: (words: Float64Array, offset: number) => void,
    at_ps: number,
    segment: number,
    what: number,
    serial: number,
  ): void {
    const words = this.#words;
    words[HOP.start_ps] = at_ps;
    words[HOP.end_ps] = at_ps + HOP_DURATION_PS;
    words[HOP.segment] = segment;
    words[HOP.what] = what;
    words[HOP.address] = 0x1_0000_0000;
    words[HOP.lengthBytes] = PAYLOAD_BYTES;
    words[HOP.transaction] = serial;
    words[HOP.serial] = serial;
    const base = segment * LINK_COUNTER_COUNT;
    this.#count(base + LINK_COUNTER.tlps, 1);
    this.#count(base + LINK_COUNTER.tlpBytes, PAYLOAD_BYTES + 24);
    this.#count(base + LINK_COUNTER.payload + ((what >> 16) & 0xff), PAYLOAD_BYTES);
    visit(words, 0);
  }

  #count(index: number, amount: number): void {
    this.linkCounters[index] = (this.linkCounters[index] ?? 0) + amount;
  }
}

/** Streams between neighbours of each switch, so many and so dense that `count` packets are in flight. */
function streamsFor(
  document: TopologyDocument,
  machine: MachineDescription,
  ways: Ways,
  count: number,
): readonly Stream[] {
  const parents = new Map(document.functions.map((fn) => [fn.id, fn.parent]));
  const leaves = machine.links.filter((link) =>
    document.functions.some((fn) => fn.id === link.lower && fn.kind === 'endpoint'),
  );
  const pairs = leaves.flatMap((link, index) => {
    const other = leaves[index + 1];
    const isSameSwitch = other !== undefined && parents.get(other.upper) === parents.get(link.upper);
    return isSameSwitch ? [{ up: link.index * 2 + UPSTREAM, down: other.index * 2 + DOWNSTREAM }] : [];
  });
  return pairs.map(({ up, down }, index) => {
    const lifetime_ps = ways.travel_ps(up) + ways.inner_ps(up, down) + ways.travel_ps(down);
    const period_ps = (lifetime_ps * pairs.length) / count;
    const kind = KINDS[index % KINDS.length] ?? TLP_KIND.MWr;
    const flow = FLOWS[index % FLOWS.length] ?? FLOW.p2p;
    return { up, down, what: kind | (flow << 16), period_ps, next_ps: (period_ps * index) / pairs.length };
  });
}

function quantile(sorted: Float64Array, fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
}

/** Starts the benchmark in a container that has a size. @returns the figures, also as `window.__bench`. */
export function startPacketBench(container: HTMLElement, count: number): PacketBench {
  const document = benchDocument();
  const machine = benchDescription(document);
  const size = { density: 'full', width: container.clientWidth, height: container.clientHeight } as const;
  const ways = new Ways(layoutMachine(document, machine, size), machine, document);
  const streams = streamsFor(document, machine, ways, count);
  const view = new SyntheticView(machine, streams);
  const bench: PacketBench = { count, inFlight: 0, frames: 0, p50_ms: 0, p95_ms: 0, longTasks: 0 };
  const scene = createScene(container, {
    way: 'p2p',
    density: 'full',
    label: document.name,
    onSelect: () => undefined,
  });
  let now_ps = 0;
  const gaps = new Float64Array(GAPS_KEPT);
  frameLoop().subscribe('change', (_, elapsed_ms) => {
    now_ps += (SPEED_PSPERSECOND * elapsed_ms) / MS_PER_SECOND;
    view.machineCounters[MACHINE_COUNTER.now_ps] = Math.floor(now_ps);
    if (elapsed_ms === 0) return;
    gaps[bench.frames % GAPS_KEPT] = elapsed_ms;
    bench.frames += 1;
    if (bench.frames % 60 !== 0) return;
    const sorted = gaps.slice(0, Math.min(bench.frames, GAPS_KEPT)).sort();
    bench.p50_ms = quantile(sorted, 0.5);
    bench.p95_ms = quantile(sorted, 0.95);
    bench.inFlight = scene.packetCount;
  });
  scene.setClock(() => Math.floor(now_ps));
  scene.setMachine(document, machine);
  scene.setView(view);
  new PerformanceObserver((list) => {
    bench.longTasks += list.getEntries().length;
  }).observe({ type: 'longtask' });
  Object.defineProperty(window, '__bench', { value: bench, configurable: true });
  return bench;
}

/*
 * What a device is doing now, in two words and a figure, from its counters and its part in the plan.
 */
import { bytesText, rateText } from '../../base/format.ts';
import {
  FUNCTION_COUNTER,
  FUNCTION_COUNTER_COUNT,
  JOB_STATE,
  LINK_COUNTER,
  LINK_COUNTER_COUNT,
  MACHINE_COUNTER,
} from '../../core/pcie/counters.ts';
import { FLOW, FLOW_COUNT } from '../../core/pcie/tlp.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { MachineDescription, TransferPlan } from '../../engine/protocol.ts';
import type { CardShape } from '../layout/sceneModel.ts';
import type { LinkLoad } from './linkLoad.ts';
import type { RateWindow } from './rateWindow.ts';

export interface Activity {
  readonly state: string;
  readonly value: string;
  /** One word for small cards. */
  readonly word: string;
  /** Share of the memory that was written, 0…1. */
  readonly fraction: number;
  readonly active: boolean;
}

const IDLE: Activity = { state: 'Idle', value: '', word: 'idle', fraction: 0, active: false };

type Leg = TransferPlan['legs'][number];

/** The device of a card in the machine's tables. */
export interface CardPart {
  readonly card: CardShape;
  readonly functions: readonly number[];
  /** The link above the device. */
  readonly link: number | undefined;
  readonly legs: readonly Leg[];
}

/** Joins cards with what counters and plan know of them. */
export function cardParts(
  cards: readonly CardShape[],
  machine: MachineDescription | undefined,
  linkOfLower: ReadonlyMap<NodeId, number>,
): readonly CardPart[] {
  const indices = new Map(machine?.functions.map((fn) => [fn.id, fn.index]));
  return cards.map((card) => ({
    card,
    functions: card.members.map((node) => indices.get(node)).filter((index) => index !== undefined),
    link: linkOfLower.get(card.node),
    legs:
      machine?.plan.legs.filter((leg) => card.members.some((node) => [leg.from, leg.to, leg.engine].includes(node))) ??
      [],
  }));
}

function sum(part: CardPart, read: (index: number) => number, field: number): number {
  return part.functions.reduce((total, fn) => total + read(fn * FUNCTION_COUNTER_COUNT + field), 0);
}

/** Job payload one direction of a link has carried so far. */
function carried(view: MachineView, link: number, direction: number): number {
  const base = (link * 2 + direction) * LINK_COUNTER_COUNT + LINK_COUNTER.payload;
  let bytes = 0;
  for (let flow: number = FLOW.p2p; flow < FLOW_COUNT; flow += 1) bytes += view.linkCounters[base + flow] ?? 0;
  return bytes;
}

/** The activity of one card. Before the engine has answered, a dash. */
export function activityOf(
  part: CardPart,
  view: MachineView | undefined,
  rates: RateWindow | undefined,
  loads: readonly LinkLoad[],
): Activity {
  if (view === undefined || rates === undefined) return { ...IDLE, state: '–', word: '–' };
  const total = (index: number): number => view.functionCounters[index] ?? 0;
  const perSecond = (index: number): number => rates.perSecond('functionCounters', index);
  const stored = sum(part, total, FUNCTION_COUNTER.storedBytes);
  const running = view.machineCounters[MACHINE_COUNTER.jobState] === JOB_STATE.running;
  const storing = running && sum(part, perSecond, FUNCTION_COUNTER.storedBytes) > 0;
  const reading = running && sum(part, perSecond, FUNCTION_COUNTER.readBytes) > 0;
  const fraction = part.card.memoryBytes > 0 ? Math.min(1, stored / part.card.memoryBytes) : 0;
  const engine = part.legs.find((leg) => part.card.members.includes(leg.engine));
  if (engine !== undefined && part.link !== undefined) {
    return engineActivity(part.link, engine, { view, loads, running, fraction });
  }
  if (part.legs.length === 0 && !storing && !reading) return { ...IDLE, fraction };
  const read = sum(part, total, FUNCTION_COUNTER.readBytes);
  const isSource = part.legs.some((leg) => part.card.members.includes(leg.from));
  if (isSource && read > 0) {
    return {
      state: 'Read',
      value: bytesText(read),
      word: reading ? 'sends' : running ? 'waits' : 'read',
      fraction,
      active: reading,
    };
  }
  if (stored > 0 || storing) {
    return {
      state: 'Written',
      value: bytesText(stored),
      word: storing ? 'receives' : running ? 'waits' : 'written',
      fraction,
      active: storing,
    };
  }
  return running && part.legs.length > 0 ? { ...IDLE, state: 'Waits', word: 'waits', fraction } : { ...IDLE, fraction };
}

interface EngineContext {
  readonly view: MachineView;
  readonly loads: readonly LinkLoad[];
  readonly running: boolean;
  readonly fraction: number;
}

/** A device that moves bytes itself: what crosses its own link. */
function engineActivity(link: number, leg: Leg, context: EngineContext): Activity {
  const { view, loads, running, fraction } = context;
  const reads = leg.operation === 'read';
  const direction = reads ? 0 : 1;
  const rate = loads[link]?.directions[direction].payloadBytesPerSecond ?? 0;
  if (rate > 0 && running) {
    const state = leg.operation === 'read and write' ? 'DMA' : reads ? 'DMA read' : 'DMA write';
    return { state, value: rateText(rate), word: reads ? 'reads' : 'sends', fraction, active: true };
  }
  const moved = carried(view, link, direction);
  if (moved === 0) return running ? { ...IDLE, state: 'Waits', word: 'waits', fraction } : { ...IDLE, fraction };
  const done = reads ? 'Read' : 'Sent';
  const state = running ? `${done}, waits` : done;
  return { state, value: bytesText(moved), word: running ? 'waits' : done.toLowerCase(), fraction, active: false };
}

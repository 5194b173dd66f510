/*
 * Everything of a scene that stands still, drawn once for a machine and a zoom; while the machine runs only
 * texts, widths and classes change. Two layers: plates, cards, links and their text lie below what moves,
 * ports above it, so that packets pass beneath their plates.
 */
import { bytesText, rateText } from '../../base/format.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { MachineDescription, RunWay } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import type { Scene } from '../layout/sceneModel.ts';
import { activityOf, cardParts, type Activity, type CardPart } from '../live/activity.ts';
import type { FlowClass } from '../live/linkLoad.ts';
import type { LiveFigures } from '../live/liveFigures.ts';
import type { Brush, Group } from './brush.ts';
import { drawCard, drawSlot, type CardView } from './drawCards.ts';
import { drawDimm, drawHost, drawPlate, type DimmView, type HostView } from './drawHost.ts';
import { drawLink, drawOpenEnd, drawPort, drawPortText, drawStubs, type PortView } from './drawLinks.ts';
import { LinkLabel, setText } from './linkLabel.ts';
import { TEXT } from './textFit.ts';

export interface StillParts {
  readonly brush: Brush;
  readonly scene: Scene;
  readonly document: TopologyDocument;
  readonly machine: MachineDescription | undefined;
}

/** Between what a device does and how fast. */
const VALUE_GAP = 8;
const CARRIES: readonly FlowClass[] = ['p2p', 'bounce', 'neutral'];

/** Links of the machine by one of their ends. */
export function linksByEnd(
  machine: MachineDescription | undefined,
  end: 'upper' | 'lower',
): ReadonlyMap<NodeId, number> {
  const links = new Map<NodeId, number>();
  for (const link of machine?.links ?? []) {
    const node = link[end];
    if (node !== undefined) links.set(node, link.index);
  }
  return links;
}

export class StillLayer {
  readonly #parts: StillParts;
  readonly #labels: readonly LinkLabel[];
  readonly #cards: readonly { readonly view: CardView; readonly part: CardPart }[];
  readonly #hosts: readonly HostView[];
  readonly #dimms: readonly { readonly view: DimmView; readonly channels: number }[];
  /** Ports with the link that ends there. */
  readonly #ports: readonly { readonly view: PortView; readonly link: number | undefined }[];

  constructor(below: Group, above: Group, parts: StillParts) {
    this.#parts = parts;
    const { brush, scene, document, machine } = parts;
    const byUpper = linksByEnd(machine, 'upper');
    const byLower = linksByEnd(machine, 'lower');
    const lines = brush.group(below);
    drawStubs(brush, lines, scene);
    for (const link of scene.links) drawLink(brush, lines, link);
    for (const slot of scene.slots) {
      const port = scene.ports.find((candidate) => candidate.node === slot.port);
      if (port !== undefined) drawOpenEnd(brush, lines, port, slot);
    }
    this.#dimms = scene.dimms.map((dimm) => ({ view: drawDimm(brush, lines, dimm), channels: dimm.channels }));
    const solid = brush.group(below);
    this.#hosts = scene.hosts.map((host) => drawHost(brush, solid, host, document.host.iommu));
    for (const plate of scene.plates) drawPlate(brush, solid, plate);
    const parsed = cardParts(scene.cards, machine, byLower);
    this.#cards = parsed.map((part) => ({ part, view: drawCard(brush, solid, part.card) }));
    for (const slot of scene.slots) drawSlot(brush, solid, slot);
    const text = brush.group(below);
    drawPortText(brush, text, scene.ports);
    this.#labels = scene.links.map((link) => new LinkLabel(brush, text, link, byUpper.get(link.upper) ?? -1));
    const ports = brush.group(above);
    this.#ports = scene.ports.map((port) => ({
      view: drawPort(brush, ports, port),
      link: port.side === 'bottom' ? byUpper.get(port.node) : byLower.get(port.node),
    }));
    this.showMachine(undefined, undefined, 'p2p');
  }

  /** Inverts one port: the hop that decided. */
  markPort(node: NodeId | undefined): void {
    for (const { view } of this.#ports) view.group.classed('pl-decides', view.node === node);
  }

  /** Writes the figures of now. Undefined figures: nothing is known yet. */
  showMachine(view: MachineView | undefined, figures: LiveFigures | undefined, way: RunWay): void {
    this.#showCards(view, figures);
    const counters = view?.machineCounters;
    const copied = counters?.[MACHINE_COUNTER.cpuCopiedBytes] ?? 0;
    const copying = (figures?.rates.perSecond('machineCounters', MACHINE_COUNTER.cpuCopiedBytes) ?? 0) > 0;
    for (const host of this.#hosts) {
      setText(host.copied, view === undefined ? '' : `${bytesText(copied)} copied`);
      host.busyCore?.classList.toggle('pl-core-busy', copying);
      if (this.#parts.scene.density === 'compact')
        host.busyCore?.setAttribute('visibility', copying ? 'visible' : 'hidden');
    }
    const channels = this.#parts.document.host.memory.channels;
    for (const dimm of this.#dimms) {
      const share = (((figures?.memoryWritten ?? 0) + (figures?.memoryRead ?? 0)) * dimm.channels) / channels;
      setText(dimm.view.rate, figures === undefined ? '–' : rateText(share));
    }
    this.#showLinks(figures, way);
  }

  #showCards(view: MachineView | undefined, figures: LiveFigures | undefined): void {
    for (const { view: card, part } of this.#cards) {
      const activity = activityOf(part, view, figures?.rates, figures?.loads ?? []);
      const compact = this.#parts.scene.density === 'compact';
      const isQuiet = card.replaced !== undefined && ['idle', '–'].includes(activity.word);
      setText(card.state, isQuiet ? '' : compact ? activity.word : this.#fitting(card, activity));
      card.replaced?.attr('display', isQuiet ? null : 'none');
      setText(card.value, activity.value);
      card.state?.classed('pl-t3', !activity.active).classed('pl-t2', activity.active);
      if (card.fill === undefined) continue;
      card.fill.setAttribute('width', String(Math.round(activity.fraction * card.fillWidth * 10) / 10));
      card.fill.setAttribute('class', `pl-fill-${figures?.jobFlow ?? 'neutral'}`);
    }
  }

  /** The words before a figure, as far as there is room beside it. */
  #fitting(card: CardView, activity: Activity): string {
    const { measure } = this.#parts.brush;
    if (activity.value === '') return activity.state;
    const room = card.lineWidth - measure(activity.value, TEXT.cardValue) - VALUE_GAP;
    return measure(activity.state, TEXT.cardLine) <= room ? activity.state : '';
  }

  #showLinks(figures: LiveFigures | undefined, way: RunWay): void {
    if (figures === undefined) return;
    for (const label of this.#labels) {
      const load = figures.loads[label.link];
      if (load !== undefined) label.update(load, figures.limit?.link === label.link);
    }
    for (const { view, link } of this.#ports) {
      const load = link === undefined ? undefined : figures.loads[link];
      const busy = load?.directions.find((direction) => direction.flow !== 'neutral');
      const flow = busy === undefined ? 'neutral' : way === 'p2p' ? busy.flow : 'bounce';
      for (const carries of CARRIES)
        view.group.classed(`pl-carries-${carries}`, flow === carries && carries !== 'neutral');
    }
  }
}

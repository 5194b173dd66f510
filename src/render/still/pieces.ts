/*
 * A drawing in pieces: every card, link, port, plate by itself, each with the place it takes, so that only those in
 * view are drawn. A piece draws itself into the layers of the drawing and says how its figures are brought up to date.
 */
import { bytesText, rateText } from '../../base/format.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { MachineDescription, RunWay } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { around, bundleWidth, geometryOf, grown } from '../layout/geometry.ts';
import type { LinkShape, Point, PortShape, Rect, Scene } from '../layout/sceneModel.ts';
import { activityOf, cardParts, type Activity, type CardPart } from '../live/activity.ts';
import type { FlowClass } from '../live/linkLoad.ts';
import type { LiveFigures } from '../live/liveFigures.ts';
import type { Brush, Group } from './brush.ts';
import { drawCard, drawSlot, type CardView } from './drawCards.ts';
import { drawDimm, drawHost, drawPlate } from './drawHost.ts';
import { drawInterconnect, drawLink, drawOpenEnd, drawPort, drawPortText, drawStub } from './drawLinks.ts';
import { LinkLabel, setText } from './linkLabel.ts';
import { TEXT } from './textFit.ts';

/** Layers from the lowest: what packets pass over first, ports above what moves last. */
export interface PieceLayers {
  readonly lines: Group;
  readonly solid: Group;
  readonly text: Group;
  readonly ports: Group;
}

/** The figures of now. Undefined: nothing is known yet. */
export interface Live {
  readonly view: MachineView | undefined;
  readonly figures: LiveFigures | undefined;
  readonly way: RunWay;
}

/** A piece on the page. */
export interface Drawn {
  readonly show?: (live: Live) => void;
  /** Ports only: inverted while it is the one that decided. */
  readonly decides?: (node: NodeId | undefined) => void;
}

export interface Piece {
  readonly rect: Rect;
  readonly draw: (layers: PieceLayers, brush: Brush) => Drawn;
}

/** Between what a device does and how fast. */
const VALUE_GAP = 8;
/** A link's words beside it, where they have no place of their own yet. */
const LABEL_HEIGHT = 48;
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

export interface PieceParts {
  readonly scene: Scene;
  readonly document: TopologyDocument;
  readonly machine: MachineDescription | undefined;
}

function pathRect(path: readonly Point[]): Rect {
  return around(path.map(({ x, y }) => ({ x, y, width: 0, height: 0 })));
}

function linkRect(scene: Scene, link: LinkShape): Rect {
  const half = bundleWidth(geometryOf(scene.density), link.lanes + link.untrained) / 2;
  const { label } = link;
  const x = label.side === 'right' ? label.x : label.x - label.width;
  return around([
    grown(pathRect(link.path), half),
    { x, y: label.y - LABEL_HEIGHT / 2, width: label.width, height: LABEL_HEIGHT },
  ]);
}

/** What belongs to hosts: there are few, and they are drawn at any zoom. */
export function hostPieces({ scene, document }: PieceParts): readonly Piece[] {
  const { channels } = document.host.memory;
  return [
    ...scene.interconnects.map((line): Piece => ({
      rect: grown(pathRect(line), 4),
      draw: ({ lines }, brush) => {
        drawInterconnect(brush, lines, line);
        return {};
      },
    })),
    ...scene.dimms.map((dimm): Piece => ({
      rect: around([dimm.rect, { ...dimm.rect, x: dimm.bus.fromX }]),
      draw: ({ lines }, brush) => {
        const { rate } = drawDimm(brush, lines, dimm);
        return {
          show: ({ figures }) => {
            const share = (((figures?.memoryWritten ?? 0) + (figures?.memoryRead ?? 0)) * dimm.channels) / channels;
            setText(rate, figures === undefined ? '–' : rateText(share));
          },
        };
      },
    })),
    ...scene.hosts.map((host): Piece => ({
      rect: host.rect,
      draw: ({ solid }, brush) => {
        const { copied, busyCore } = drawHost(brush, solid, host, document.host.iommu);
        return {
          show: ({ view, figures }) => {
            const bytes = view?.machineCounters[MACHINE_COUNTER.cpuCopiedBytes] ?? 0;
            const copying = (figures?.rates.perSecond('machineCounters', MACHINE_COUNTER.cpuCopiedBytes) ?? 0) > 0;
            setText(copied, view === undefined ? '' : `${bytesText(bytes)} copied`);
            busyCore?.classList.toggle('pl-core-busy', copying);
            if (scene.density === 'compact') busyCore?.setAttribute('visibility', copying ? 'visible' : 'hidden');
          },
        };
      },
    })),
  ];
}

/** The words before a figure, as far as there is room beside it. */
function fitting(brush: Brush, card: CardView, activity: Activity): string {
  const { measure } = brush;
  if (activity.value === '') return activity.state;
  const room = card.lineWidth - measure(activity.value, TEXT.cardValue) - VALUE_GAP;
  return measure(activity.state, TEXT.cardLine) <= room ? activity.state : '';
}

function showCard(brush: Brush, card: CardView, part: CardPart, { view, figures }: Live): void {
  const activity = activityOf(part, view, figures?.rates, figures?.loads ?? []);
  const compact = brush.geometry.density === 'compact';
  const isQuiet = card.replaced !== undefined && ['idle', '–'].includes(activity.word);
  setText(card.state, isQuiet ? '' : compact ? activity.word : fitting(brush, card, activity));
  card.replaced?.attr('display', isQuiet ? null : 'none');
  setText(card.value, activity.value);
  card.state?.classed('pl-t3', !activity.active).classed('pl-t2', activity.active);
  if (card.fill === undefined) return;
  card.fill.setAttribute('width', String(Math.round(activity.fraction * card.fillWidth * 10) / 10));
  card.fill.setAttribute('class', `pl-fill-${figures?.jobFlow ?? 'neutral'}`);
}

function cardPieces({ scene, machine }: PieceParts, byLower: ReadonlyMap<NodeId, number>): readonly Piece[] {
  return cardParts(scene.cards, machine, byLower).map((part): Piece => ({
    rect: part.card.rect,
    draw: ({ solid }, brush) => {
      const card = drawCard(brush, solid, part.card);
      const isStill = card.state === undefined && card.value === undefined && card.fill === undefined;
      return isStill ? {} : { show: (live) => showCard(brush, card, part, live) };
    },
  }));
}

function portPiece(port: PortShape, link: number | undefined): Piece {
  return {
    rect: { ...port.rect, width: Math.max(port.rect.width, port.labelX + port.labelWidth - port.rect.x) },
    draw: ({ text, ports }, brush) => {
      drawPortText(brush, text, port);
      const { group } = drawPort(brush, ports, port);
      const decides = (node: NodeId | undefined): void => {
        group.classed('pl-decides', port.node === node);
      };
      if (link === undefined || !brush.detail.showsPins) return { decides };
      let shown: FlowClass = 'neutral';
      const show = ({ figures, way }: Live): void => {
        const busy = figures?.loads[link]?.directions.find((direction) => direction.flow !== 'neutral');
        const flow = busy === undefined ? 'neutral' : way === 'p2p' ? busy.flow : 'bounce';
        if (flow === shown) return;
        shown = flow;
        for (const carries of CARRIES) {
          group.classed(`pl-carries-${carries}`, flow === carries && carries !== 'neutral');
        }
      };
      return { decides, show };
    },
  };
}

/** Everything that hangs on hosts. */
export function devicePieces(parts: PieceParts): readonly Piece[] {
  const { scene, machine } = parts;
  const byUpper = linksByEnd(machine, 'upper');
  const byLower = linksByEnd(machine, 'lower');
  const lowerPorts = new Map(scene.ports.filter(({ side }) => side === 'bottom').map((port) => [port.node, port]));
  return [
    ...scene.stubs.map((stub): Piece => ({
      rect: grown(pathRect(stub.path), 2),
      draw: ({ lines }, brush) => {
        drawStub(brush, lines, stub);
        return {};
      },
    })),
    ...scene.plates.map((plate): Piece => ({
      rect: plate.rect,
      draw: ({ solid }, brush) => {
        drawPlate(brush, solid, plate);
        return {};
      },
    })),
    ...scene.links.map((link): Piece => ({
      rect: linkRect(scene, link),
      draw: ({ lines, text }, brush) => {
        drawLink(brush, lines, link);
        const label = LinkLabel.make(brush, text, link, byUpper.get(link.upper) ?? -1);
        if (label === undefined) return {};
        return {
          show: ({ figures }) => {
            const load = figures?.loads[label.link];
            if (load !== undefined) label.update(load, figures?.limit?.link === label.link);
          },
        };
      },
    })),
    ...cardPieces(parts, byLower),
    ...scene.slots.map((slot): Piece => {
      const port = lowerPorts.get(slot.port);
      return {
        rect: port === undefined ? slot.rect : around([slot.rect, port.rect]),
        draw: ({ lines, solid }, brush) => {
          if (port !== undefined) drawOpenEnd(brush, lines, port, slot);
          drawSlot(brush, solid, slot);
          return {};
        },
      };
    }),
    ...scene.ports.map((port) => portPiece(port, (port.side === 'bottom' ? byUpper : byLower).get(port.node))),
  ];
}

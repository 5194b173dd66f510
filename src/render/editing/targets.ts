/*
 * Where something can be put: the place on the drawing of every target, what lies under the pointer, and the rings
 * and words that say what would happen there.
 */
import { targetKey, type EditTarget, type TargetOffer } from '../../topology/edit/api.ts';
import { linkRects } from '../layout/linkLabels.ts';
import { around, grown, right } from '../layout/geometry.ts';
import type { Point, Rect, Scene } from '../layout/sceneModel.ts';
import type { Brush, Group } from '../still/brush.ts';
import { drawCallout } from '../still/notices.ts';
import { TEXT } from '../still/textFit.ts';

export interface TargetPlace {
  readonly offer: TargetOffer;
  readonly key: string;
  /** What the ring goes around. */
  readonly ring: Rect;
  /** Where letting go counts. */
  readonly catches: readonly Rect[];
  readonly radius: number;
}

const PORT_REACH = 14;
const RING_GAP = 5;
const LINE = 17;
const CHIP_PADDING = 10;
const ICON_ROOM = 24;
/** More than this many words at once are noise; the current one always has them. */
const MOST_LABELS = 8;

function hostRect(scene: Scene, node: string): Rect | undefined {
  for (const host of scene.hosts) {
    const section = host.sections.find((candidate) => candidate.hostBridge === node);
    if (section !== undefined) return host.sections.length === 1 ? host.rect : section.rect;
  }
  return undefined;
}

function portPlace(scene: Scene, node: string): Omit<TargetPlace, 'offer' | 'key'> | undefined {
  const port = scene.ports.find((shape) => shape.node === node && shape.side === 'bottom');
  if (port === undefined) return undefined;
  const slot = scene.slots.find((shape) => shape.port === node);
  const link = scene.links.find((shape) => shape.upper === node);
  const below = scene.cards.filter((card) => card.node === link?.lower).map((card) => card.rect);
  const catches = [grown(port.rect, PORT_REACH), ...(slot === undefined ? [] : [slot.rect]), ...below];
  // An empty port without a drawn slot still has its room below it.
  if (slot === undefined && link === undefined)
    catches.push({ x: port.rect.x - 30, y: port.rect.y, width: port.rect.width + 60, height: 110 });
  return { ring: port.rect, catches, radius: 3 };
}

function placeOf(scene: Scene, target: EditTarget): Omit<TargetPlace, 'offer' | 'key'> | undefined {
  switch (target.kind) {
    case 'machine':
      return { ring: around(scene.hosts.map((host) => host.rect)), catches: [grown(scene.bounds, 400)], radius: 8 };
    case 'memory': {
      const rects = scene.dimms.map((dimm) => dimm.rect);
      const section = scene.hosts.flatMap((host) => (host.memory === undefined ? [] : [host.memory.rect]));
      const all = [...rects, ...section];
      return all.length === 0 ? undefined : { ring: section[0] ?? around(all), catches: all, radius: 8 };
    }
    case 'rootBus': {
      const rect = hostRect(scene, target.node);
      return rect === undefined ? undefined : { ring: rect, catches: [rect], radius: 8 };
    }
    case 'switchBus':
    case 'conventionalBus': {
      const plate = scene.plates.find((shape) => shape.node === target.node);
      return plate === undefined ? undefined : { ring: plate.rect, catches: [plate.rect], radius: 8 };
    }
    case 'port':
      return portPlace(scene, target.node);
    case 'link': {
      const link = scene.links.find((shape) => shape.upper === target.node);
      if (link === undefined) return undefined;
      const port = scene.ports.find((shape) => shape.node === target.node && shape.side === 'bottom');
      const width = port?.rect.width ?? 20;
      const rects = link.path.slice(1).map((to, index) => {
        const from = link.path[index] ?? to;
        return around([from, to].map((point) => ({ x: point.x - width / 2, y: point.y, width, height: 0 })));
      });
      return { ring: around(rects), catches: rects, radius: 4 };
    }
    default:
      return undefined;
  }
}

/** The places of all offers that are drawn; those inside collapsed subtrees are not. */
export function targetPlaces(scene: Scene, offers: readonly TargetOffer[]): readonly TargetPlace[] {
  return offers.flatMap((offer) => {
    const place = placeOf(scene, offer.target);
    return place === undefined ? [] : [{ ...place, offer, key: targetKey(offer.target) }];
  });
}

function holds(rect: Rect, { x, y }: Point): boolean {
  return x >= rect.x && x <= rect.x + rect.width && y >= rect.y && y <= rect.y + rect.height;
}

/**
 * The target at a point: a legal one before an illegal one that explains itself, of several the smallest.
 * Without one, undefined.
 */
export function targetAt(places: readonly TargetPlace[], point: Point): TargetPlace | undefined {
  let best: TargetPlace | undefined;
  let bestArea = Infinity;
  for (const place of places) {
    const found = place.catches.find((rect) => holds(rect, point));
    if (found === undefined) continue;
    const area = found.width * found.height * (place.offer.legal ? 1 : 1e6);
    if (area < bestArea) {
      best = place;
      bestArea = area;
    }
  }
  return best;
}

function ring(group: Group, place: TargetPlace, className: string, gap: number): void {
  group
    .append('rect')
    .attr('class', className)
    .attr('x', place.ring.x - gap)
    .attr('y', place.ring.y - gap)
    .attr('width', place.ring.width + 2 * gap)
    .attr('height', place.ring.height + 2 * gap)
    .attr('rx', place.radius + gap);
}

/** `Would train Gen5 x16, 57.5 GB/s, …` in two lines: what, and how much. */
function twoLines(text: string): readonly [string, string] {
  const comma = text.indexOf(', ');
  return comma < 0 ? [text, ''] : [text.slice(0, comma), text.slice(comma + 2)];
}

function drawWords(brush: Brush, group: Group, place: TargetPlace, text: string, mostX: number): void {
  const scale = brush.detail.textScale;
  const [first, second] = twoLines(text);
  const isPort = place.radius === 3;
  const x = isPort ? right(place.ring) + 14 * scale : place.ring.x + 4;
  const y = isPort ? place.ring.y + place.ring.height + 22 * scale : place.ring.y + place.ring.height + 20 * scale;
  const width = Math.max(140 * scale, mostX - x);
  const backed = [first, second].filter((line) => line !== '');
  const widest = Math.min(width, Math.max(...backed.map((line) => brush.textWidth(line, 'callout'))));
  const back = { x: x - 5, y: y - 14 * scale, width: widest + 10, height: (backed.length * LINE + 4) * scale };
  brush.fill(group, back, 'pl-target-back', 4);
  brush.text(group, { x, y, text: first, style: 'callout', width });
  if (second !== '')
    brush.text(group, { x, y: y + LINE * scale, text: second, style: 'cardLine', tone: 'pl-t2', width });
}

/** The yellow note beside a port where a card would be slower than it is. */
function drawShortfall(brush: Brush, group: Group, place: TargetPlace, lines: readonly string[]): void {
  const scale = brush.detail.textScale;
  const at = { x: right(place.ring) + 14 * scale, y: place.ring.y + place.ring.height + 10 * scale };
  const note = brush.group(group).attr('transform', `translate(${at.x} ${at.y}) scale(${scale})`);
  const width = Math.max(...lines.map((line) => brush.measure(line, TEXT.callout))) + 2 * CHIP_PADDING + ICON_ROOM;
  const height = lines.length * LINE + 2 * CHIP_PADDING - 4;
  brush.fill(note, { x: 0, y: 0, width, height }, 'pl-mark-warning', 4);
  brush.path(
    note,
    `M${CHIP_PADDING + 7} ${CHIP_PADDING}l7 12h-14zM${CHIP_PADDING + 7} ${CHIP_PADDING + 4}v4`,
    'pl-mark-warning-ink-line',
  );
  lines.forEach((line, index) => {
    brush
      .text(note, {
        x: CHIP_PADDING + ICON_ROOM,
        y: CHIP_PADDING + 10 + index * LINE,
        text: line,
        style: index === 0 ? 'callout' : 'cardLine',
      })
      .attr('font-size', TEXT[index === 0 ? 'callout' : 'cardLine'].sizePx)
      .classed('pl-mark-warning-ink', true);
  });
}

/** What the yellow note says. */
function shortfallLines(offer: Extract<TargetOffer, { legal: true }>): readonly string[] {
  const { shortfall } = offer;
  if (shortfall === undefined) return [];
  const gb = (bytesPerSecond: number): string => (bytesPerSecond / 1e9).toFixed(1);
  const isNarrow = shortfall.trained.width < shortfall.card.width;
  const has = isNarrow ? `x${shortfall.card.width}` : `Gen${shortfall.card.gen}`;
  const gets = isNarrow ? `x${shortfall.trained.width}` : `Gen${shortfall.trained.gen}`;
  return [
    `${has} card will train ${gets} here`,
    `${gb(shortfall.trainedBytesPerSecond)}, not ${gb(shortfall.cardBytesPerSecond)} GB/s`,
  ];
}

/** Rings around every legal place, words beside them, and the current one above all. */
export function drawTargets(
  brush: Brush,
  parent: Group,
  scene: Scene,
  places: readonly TargetPlace[],
  current: string | undefined,
): void {
  const gap = RING_GAP * brush.detail.textScale;
  const legal = places.filter((place) => place.offer.legal && place.key !== current);
  for (const place of legal) ring(parent, place, 'pl-target', gap);
  const mostX = scene.bounds.x + scene.bounds.width + 60;
  const speaking = legal.filter((place) => place.offer.target.kind !== 'machine');
  if (speaking.length <= MOST_LABELS) {
    for (const place of speaking) {
      if (place.offer.legal && place.ring.width < 200) drawWords(brush, parent, place, place.offer.preview, mostX);
    }
  }
  const chosen = places.find((place) => place.key === current);
  if (chosen === undefined) return;
  const { offer } = chosen;
  ring(parent, chosen, offer.legal ? 'pl-target-current' : 'pl-target-refused', gap);
  if (!offer.legal) {
    const at = {
      x: chosen.ring.x + Math.min(chosen.ring.width / 2, 60),
      y: chosen.ring.y + Math.min(chosen.ring.height, 60),
    };
    drawCallout(brush, parent, at, offer.reason, mostX);
  } else if (offer.shortfall !== undefined) drawShortfall(brush, parent, chosen, shortfallLines(offer));
  else drawWords(brush, parent, chosen, offer.preview, mostX);
}

/** True if any link's lanes are at this point: the pointer means the link. */
export function linkAt(brush: Brush, scene: Scene, point: Point): string | undefined {
  return scene.links.find((link) => linkRects(brush.geometry, link).some((rect) => holds(grown(rect, 2), point)))
    ?.upper;
}

/*
 * Links as bundles of lanes (design, section 5): one hairline is one lane, each direction its own half, the
 * outer lanes brighter. Zoomed out, the inner lanes merge into a channel.
 */
import { channelWidth } from '../layout/geometry.ts';
import type { LinkShape, Point, PortShape, SlotShape, StubShape } from '../layout/sceneModel.ts';
import { Track } from '../layout/track.ts';
import type { Brush, Group } from './brush.ts';

const CUT_GAP = 18;
const CUT_OVERHANG = 4;
const RETIMER_HEIGHT = 10;
const RETIMER_OVERHANG = 5;

function sidePath(link: LinkShape, offset: number): string {
  return Track.along(link.path, link.cornerRadius, offset).toSvg();
}

/** One link: beds, lanes, untrained lanes, and the cut of a link that is down. */
export function drawLink(brush: Brush, parent: Group, link: LinkShape): void {
  const { geometry, detail } = brush;
  const width = channelWidth(geometry, link.lanes);
  const near = geometry.directionGap / 2;
  const beds: string[] = [];
  const wires: string[] = [];
  const lanes: string[] = [];
  for (const side of [1, -1]) {
    beds.push(sidePath(link, side * (near + width / 2)));
    wires.push(sidePath(link, side * (near + 0.5)));
    if (width > 1) wires.push(sidePath(link, side * (near + width - 0.5)));
    if (!detail.showsLanes) continue;
    for (let lane = 1; lane < link.lanes - 1; lane += 1) {
      lanes.push(sidePath(link, side * (near + 0.5 + lane * geometry.lanePitch)));
    }
  }
  brush.path(parent, beds.join(''), 'pl-bed').attr('stroke-width', width);
  if (lanes.length > 0) brush.path(parent, lanes.join(''), 'pl-lane');
  brush.path(parent, wires.join(''), 'pl-wire');
  if (detail.showsLanes && link.untrained > 0) drawUntrained(brush, parent, link, near + width);
  if (link.retimers > 0) drawRetimers(brush, parent, link, near + width);
  if (!link.up) drawCut(brush, parent, link, near + width);
}

/** Chips across the bundle, evenly along its last run: the lanes end in them and begin anew. */
function drawRetimers(brush: Brush, parent: Group, link: LinkShape, half: number): void {
  const to = link.path.at(-1);
  const from = link.path.at(-2);
  if (to === undefined || from === undefined) return;
  const reach = half + RETIMER_OVERHANG;
  for (let chip = 1; chip <= link.retimers; chip += 1) {
    const y = Math.round(from.y + ((to.y - from.y) * chip) / (link.retimers + 1) - RETIMER_HEIGHT / 2);
    const rect = { x: Math.floor(to.x - reach), y, width: Math.ceil(2 * reach), height: RETIMER_HEIGHT };
    brush.rect(parent, rect, 'pl-port', 3);
    brush.path(parent, `M${rect.x + 3} ${y + RETIMER_HEIGHT / 2}h${rect.width - 6}`, 'pl-retimer');
  }
}

/** Lanes both ends have but that did not train: dotted, at the side where their pins are. */
function drawUntrained(brush: Brush, parent: Group, link: LinkShape, half: number): void {
  const lanes = Array.from({ length: link.untrained }, (_, lane) =>
    sidePath(link, -(half + 0.5 + (lane + 1) * brush.geometry.lanePitch)),
  );
  brush.path(parent, lanes.join(''), 'pl-untrained');
}

/** The gap of a link that was cut after it was drawn. */
export function drawCutLink(brush: Brush, parent: Group, link: LinkShape): void {
  drawCut(brush, parent, link, brush.geometry.directionGap / 2 + channelWidth(brush.geometry, link.lanes));
}

function drawCut(brush: Brush, parent: Group, link: LinkShape, half: number): void {
  const last = link.path.at(-1);
  const before = link.path.at(-2);
  if (last === undefined || before === undefined) return;
  const y = Math.round((last.y + before.y) / 2);
  const rect = {
    x: last.x - half - CUT_OVERHANG,
    y: y - CUT_GAP / 2,
    width: 2 * (half + CUT_OVERHANG),
    height: CUT_GAP,
  };
  brush.fill(parent, rect, 'pl-cut-gap');
  for (const lineY of [rect.y, rect.y + CUT_GAP]) {
    brush.path(parent, `M${rect.x} ${lineY}h${rect.width}`, 'pl-cut');
  }
}

/** From an empty port down to its slot. */
export function drawOpenEnd(brush: Brush, parent: Group, port: PortShape, slot: SlotShape): void {
  brush.path(parent, `M${port.x} ${port.rect.y + port.rect.height + 3}V${slot.rect.y}`, 'pl-open');
}

/** A connection without lanes. */
export function drawStub(brush: Brush, parent: Group, stub: StubShape): void {
  brush.path(parent, Track.along(stub.path, stub.cornerRadius).toSvg(), 'pl-wire');
}

/** A line between sockets. */
export function drawInterconnect(brush: Brush, parent: Group, line: readonly Point[]): void {
  for (const offset of [-2, 2]) brush.path(parent, Track.along(line, 10, offset).toSvg(), 'pl-interconnect');
}

export interface PortView {
  readonly node: string;
  readonly group: Group;
}

/** A port's plate and pins; its BDF belongs to the owner's text. */
export function drawPort(brush: Brush, parent: Group, port: PortShape): PortView {
  const { geometry, detail } = brush;
  const group = brush.group(parent);
  brush.rect(group, port.rect, 'pl-port', 3);
  if (detail.showsPins) {
    const y = Math.round(port.rect.y + (port.rect.height - geometry.pinHeight) / 2);
    const pins: string[] = [];
    const dots: string[] = [];
    const dotY = Math.round(port.rect.y + port.rect.height / 2) - 1;
    for (let lane = 0; lane < port.lanes; lane += 1) {
      const x = port.pinX + lane * geometry.pinPitch;
      if (lane < port.trained)
        pins.push(`M${x} ${y}h${geometry.pinWidth}v${geometry.pinHeight}h${-geometry.pinWidth}z`);
      else dots.push(`M${x} ${dotY}h${geometry.pinWidth}v2h${-geometry.pinWidth}z`);
    }
    if (pins.length > 0) brush.path(group, pins.join(''), 'pl-pin');
    if (dots.length > 0) brush.path(group, dots.join(''), 'pl-dot');
  }
  return { node: port.node, group };
}

/** A port's BDF, in its owner. */
export function drawPortText(brush: Brush, parent: Group, port: PortShape): void {
  if (!brush.detail.showsPortText || port.label === '' || port.labelWidth === 0) return;
  // Text keeps its size when the scene shrinks; a little more room then keeps the last digit.
  const slack = brush.detail.textScale > 1 ? 10 * brush.detail.textScale : 6;
  const place = { x: port.labelX, y: port.labelY, width: port.labelWidth + slack };
  brush.text(parent, { ...place, text: port.label, style: 'bdf', tone: 'pl-t2' });
}

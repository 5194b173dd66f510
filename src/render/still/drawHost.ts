/*
 * Hosts, switches and memory modules.
 */
import { right } from '../layout/geometry.ts';
import type { ChipShape, DimmShape, HostShape, PlateShape, Rect, RootComplexSection } from '../layout/sceneModel.ts';
import type { HostSpec } from '../../core/pcie/machineSpec.ts';
import type { Brush, Group, TextElement } from './brush.ts';

const TITLE_BASELINE = 26;
const COMPACT_TITLE_BASELINE = 21;
/** A line of text and the edge above it, CSS pixels. */
const TITLE_CLEARANCE = 15;
const HALF_CAP = 4.2;
/** Lower case without descenders fits in it, CSS pixels. */
const LEAST_TEXT_HEIGHT = 12;
const INSET = 16;
const GATE_WORDS: Readonly<Record<HostSpec['iommu'], string>> = {
  off: 'off',
  passThrough: 'pass-through',
  translate: 'translates',
};

export interface HostView {
  /** `0 bytes copied`; undefined where the drawing has no room. */
  readonly copied: TextElement | undefined;
  /** The core that copies. */
  readonly busyCore: SVGRectElement | undefined;
}

export interface DimmView {
  readonly rate: TextElement | undefined;
}

/** Below a plate's upper edge; lower where text keeps its size while the plate shrinks. */
function titleBaseline(brush: Brush): number {
  const usual = brush.geometry.density === 'full' ? TITLE_BASELINE : COMPACT_TITLE_BASELINE;
  return Math.max(usual, TITLE_CLEARANCE * brush.detail.textScale);
}

/** Text keeps its size while the rectangle shrinks: below this it would reach over its edges. */
function holdsText(brush: Brush, rect: Rect): boolean {
  return rect.height >= LEAST_TEXT_HEIGHT * brush.detail.textScale;
}

/** Baseline that puts a line of text in the middle of a rectangle. */
function middleBaseline(brush: Brush, rect: Rect): number {
  return rect.y + rect.height / 2 + HALF_CAP * brush.detail.textScale;
}

function titleStyle(brush: Brush): 'plateTitle' | 'compactTitle' {
  return brush.geometry.density === 'full' ? 'plateTitle' : 'compactTitle';
}

/** A host plate. */
export function drawHost(brush: Brush, parent: Group, host: HostShape, iommu: HostSpec['iommu']): HostView {
  const group = brush.group(parent);
  brush.rect(group, host.rect, 'pl-plate', 8);
  const view = drawCpu(brush, group, host);
  host.sections.forEach((section) => {
    drawDivider(brush, group, section.rect.x, host);
    drawSection(brush, group, section, iommu);
  });
  const { memory } = host;
  if (memory !== undefined) {
    drawDivider(brush, group, memory.rect.x, host);
    if (brush.detail.showsPlateText) {
      const full = brush.geometry.density === 'full';
      const x = memory.rect.x + (full ? INSET : 12);
      const width = memory.rect.width - INSET - 6;
      const y = host.rect.y + titleBaseline(brush);
      brush.text(group, { x, y, text: memoryTitle(brush, width), style: titleStyle(brush), width });
      if (full && brush.detail.card === 'all') {
        memory.lines.forEach((line, index) => {
          brush.text(group, { x, y: y + 22 + index * 17, text: line, style: 'plateNote', tone: 'pl-t3', width });
        });
      }
    }
  }
  return view;
}

function memoryTitle(brush: Brush, width: number): string {
  const long = 'Memory controller';
  return brush.geometry.density === 'full' && brush.textWidth(long, 'plateTitle') <= width ? long : 'Memory';
}

function drawDivider(brush: Brush, group: Group, x: number, host: HostShape): void {
  const inset = brush.geometry.density === 'full' ? 12 : 10;
  brush.path(group, `M${x + 0.5} ${host.rect.y + inset}V${host.rect.y + host.rect.height - inset}`, 'pl-rule');
}

function drawCpu(brush: Brush, group: Group, host: HostShape): HostView {
  const { cpu } = host;
  const full = brush.geometry.density === 'full';
  const x = cpu.rect.x + (full ? INSET : 12);
  if (brush.detail.showsPlateText) {
    const title = brush.text(group, {
      x,
      y: cpu.rect.y + titleBaseline(brush),
      text: cpu.title,
      style: titleStyle(brush),
      width: cpu.rect.width - INSET,
    });
    const after = x + brush.textWidth(title.text(), titleStyle(brush)) + 16;
    const room = right(cpu.rect) - after - 6;
    if (full && room > brush.textWidth(cpu.subtitle, 'plateNote')) {
      brush.text(group, {
        x: after,
        y: cpu.rect.y + titleBaseline(brush),
        text: cpu.subtitle,
        style: 'plateNote',
        tone: 'pl-t3',
      });
    }
  }
  const boxes = cpu.boxes.map((box) => brush.rect(group, box, 'pl-inset', 2));
  if (!full) for (const box of boxes) box.attr('visibility', 'hidden');
  const copied =
    full && brush.detail.card === 'all'
      ? brush.text(group, { x, y: cpu.rect.y + cpu.rect.height - 11, text: '', style: 'plateNote', tone: 'pl-t3' })
      : undefined;
  return { copied, busyCore: boxes[0]?.node() ?? undefined };
}

function drawSection(brush: Brush, group: Group, section: RootComplexSection, iommu: HostSpec['iommu']): void {
  const full = brush.geometry.density === 'full';
  const { rect, gate } = section;
  const y = rect.y + titleBaseline(brush);
  const x = rect.x + (full ? INSET : 12);
  if (brush.detail.showsPlateText) {
    const room = full ? right(gate) - x : rect.width - INSET - 8;
    const bus = brush.textWidth(section.busLabel, 'bdf');
    const title = brush.textWidth(section.title, titleStyle(brush));
    const showsTitle = section.title !== '' && (!full || room > title + bus + 12);
    const showsBus = (full || !showsTitle) && room > bus;
    if (showsTitle) brush.text(group, { x, y, text: section.title, style: titleStyle(brush), width: room });
    if (showsBus) {
      const place = showsTitle ? { x: right(gate), anchor: 'end' as const } : { x };
      brush.text(group, { ...place, y, text: section.busLabel, style: 'bdf', tone: 'pl-t3' });
    }
  }
  if (full) drawGate(brush, group, section, iommu);
  if (showsChips(brush)) for (const chip of section.chips) drawChip(brush, group, chip);
}

function drawGate(brush: Brush, group: Group, section: RootComplexSection, iommu: HostSpec['iommu']): void {
  const { gate } = section;
  brush.rect(group, gate, iommu === 'translate' ? 'pl-gate pl-gate-translate' : 'pl-gate', 4);
  if (!brush.detail.showsSmallText || !holdsText(brush, gate)) return;
  const y = middleBaseline(brush, gate);
  const words = GATE_WORDS[iommu];
  const wordsWidth = brush.textWidth(words, 'plateNote') + 26;
  brush.text(group, {
    x: gate.x + 12,
    y,
    text: 'IOMMU',
    style: 'plateNote',
    tone: 'pl-t2',
    width: gate.width - wordsWidth - 12,
  });
  brush.text(group, {
    x: right(gate) - 13,
    y,
    text: words,
    style: 'plateNote',
    tone: 'pl-t3',
    anchor: 'end',
    width: gate.width - 26,
  });
}

/** Small drawings leave them out: their place is taken by the plate's title. */
function showsChips(brush: Brush): boolean {
  return brush.detail.card !== 'none' && brush.detail.card !== 'name';
}

/** A chip inside a plate: an engine, or a stack of functions. */
export function drawChip(brush: Brush, parent: Group, chip: ChipShape): void {
  const { rect } = chip;
  if (chip.members.length > 1) brush.rect(parent, { ...rect, x: rect.x + 3, y: rect.y - 3 }, 'pl-chip', 4);
  brush.rect(parent, rect, 'pl-chip', 4);
  // A name that does not fit is in the tooltip of the chip’s item.
  if (!holdsText(brush, rect)) return;
  const tone = chip.kind === 'stack' ? ({ tone: 'pl-t3' } as const) : {};
  const y = middleBaseline(brush, rect);
  const wanted = chip.bdf !== '' && brush.detail.showsPortText ? brush.textWidth(chip.bdf, 'smallMono') + 14 : 0;
  // The name comes first: a number that leaves it no room is not printed.
  const bdf = brush.textWidth(chip.name, 'chip') <= rect.width - wanted - 14 ? wanted : 0;
  brush.text(parent, { x: rect.x + 8, y, text: chip.name, style: 'chip', width: rect.width - bdf - 14, ...tone });
  if (bdf > 0)
    brush.text(parent, { x: right(rect) - 8, y, text: chip.bdf, style: 'smallMono', tone: 'pl-t3', anchor: 'end' });
}

/** A switch or bridge with its bus. */
export function drawPlate(brush: Brush, parent: Group, plate: PlateShape): void {
  const group = brush.group(parent);
  const { rect, bus } = plate;
  brush.rect(group, rect, 'pl-plate', 8);
  const x = (value: number): number => Math.floor(value) + 0.5;
  const lines = [`M${x(bus.fromX)} ${bus.y}H${x(bus.toX)}`, `M${x(plate.upstreamX)} ${rect.y}V${bus.y}`];
  for (const tap of bus.taps) lines.push(`M${x(tap)} ${bus.y}V${rect.y + rect.height}`);
  brush.path(group, lines.join(''), 'pl-bus-line');
  if (brush.geometry.density === 'full') {
    for (const tap of [plate.upstreamX, ...bus.taps]) {
      group.append('circle').attr('class', 'pl-tap').attr('cx', x(tap)).attr('cy', bus.y).attr('r', 2.5);
    }
  }
  if (showsChips(brush)) for (const chip of plate.chips) drawChip(brush, group, chip);
  if (brush.detail.showsPlateText) drawPlateText(brush, group, plate);
}

function drawPlateText(brush: Brush, group: Group, plate: PlateShape): void {
  const { rect, bus } = plate;
  const full = brush.geometry.density === 'full';
  const inset = full ? 18 : 12;
  const y = rect.y + Math.max(full ? 27 : 18, TITLE_CLEARANCE * brush.detail.textScale);
  const half = plate.upstreamX - rect.x;
  const room = half - inset - 8;
  const title = brush.text(group, { x: rect.x + inset, y, text: plate.title, style: titleStyle(brush), width: room });
  if (!full || brush.detail.card !== 'all') return;
  const after = brush.textWidth(title.text(), titleStyle(brush)) + 10;
  if (room - after > 60) {
    brush.text(group, {
      x: rect.x + inset + after,
      y,
      text: plate.subtitle,
      style: 'plateNote',
      tone: 'pl-t3',
      width: room - after,
    });
  }
  const noteRoom = right(rect) - plate.upstreamX - 120 - inset;
  if (noteRoom > brush.textWidth(plate.note, 'plateNote')) {
    brush.text(group, {
      x: right(rect) - inset,
      y,
      text: plate.note,
      style: 'plateNote',
      tone: 'pl-t3',
      anchor: 'end',
    });
  }
  const labelX = bus.toX + 12;
  if (bus.label !== '' && right(rect) - labelX > brush.textWidth(bus.label, 'bdf') + 6) {
    brush.text(group, { x: labelX, y: bus.y + 4, text: bus.label, style: 'bdf', tone: 'pl-t3' });
  }
}

/** A memory module on its side: chips, contacts, capacity and what it carries now. */
export function drawDimm(brush: Brush, parent: Group, dimm: DimmShape): DimmView {
  const { rect, bus } = dimm;
  const full = brush.geometry.density === 'full';
  const group = brush.group(parent);
  for (const y of [bus.writeY, bus.readY]) brush.path(group, `M${bus.fromX} ${y}H${rect.x}`, 'pl-wire');
  brush.rect(group, rect, 'pl-dimm', 4);
  const chip = full ? { width: 15, height: 20, pitch: 22, top: 5 } : { width: 9, height: 15, pitch: 13, top: 4 };
  const gap = full ? 8 : 4;
  const total = 7 * chip.pitch + chip.width + gap;
  const left = Math.round(rect.x + (rect.width - total) / 2);
  const contacts: string[] = [];
  const contactY = rect.y + rect.height - (full ? 6 : 5);
  for (let index = 0; index < 8; index += 1) {
    const x = left + index * chip.pitch + (index > 3 ? gap : 0);
    brush.rect(group, { x, y: rect.y + chip.top, width: chip.width, height: chip.height }, 'pl-inset', 2);
  }
  for (let x = rect.x + 8; x < right(rect) - 8; x += full ? 4 : 3) {
    if (Math.abs(x - (rect.x + rect.width / 2)) > gap) contacts.push(`M${x} ${contactY}h2v${full ? 4 : 3}h-2z`);
  }
  brush.path(group, contacts.join(''), 'pl-contact');
  if (!full || !brush.detail.showsSmallText) return { rate: undefined };
  const y = rect.y + rect.height + 16;
  const showsRate = brush.detail.zoom >= 0.7;
  brush.text(group, {
    x: rect.x,
    y,
    text: dimm.label,
    style: 'plateNote',
    tone: 'pl-t2',
    width: rect.width - (showsRate ? 76 : 0),
  });
  const rate = { x: right(rect), y, text: '', style: 'plateNote', tone: 'pl-t3', anchor: 'end' } as const;
  return { rate: showsRate ? brush.text(group, rate) : undefined };
}

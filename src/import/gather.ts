/*
 * Blocks of all inputs → one set of facts for each function. Registers win over text where both speak;
 * text adds what registers do not hold: BAR sizes, drivers, IOMMU groups, NUMA nodes.
 */
import type { Diagnostic } from '../base/diagnostic.ts';
import { bdf, segmentBdfText } from '../core/pcie/bdf.ts';
import type { FunctionBlock, Place } from './blocks.ts';
import { emptyFacts, type BarFacts, type FunctionFacts } from './facts.ts';
import { MAX_IMPORTED_FUNCTIONS } from './limits.ts';
import { LINE_CLASS, linePath } from './lines.ts';
import { removeSerialNumber } from './privacy.ts';
import { nothingAnswered, readRegisters, serialNumberOf } from './rawConfig.ts';
import { parseTitle, type TitleFacts } from './title.ts';
import { readDetailLine } from './verboseText.ts';
import type { TextContext } from './verboseWords.ts';

/** `0000:03:00.0`. */
export function placeText(place: Place): string {
  return segmentBdfText(place.segment, bdf(place.bus, place.device, place.fn));
}

export interface GatherOptions {
  readonly keepIdentifiers: boolean;
  readonly several: boolean;
}

export interface Gathered {
  /** By segment, bus, device, function. */
  readonly functions: readonly FunctionFacts[];
  readonly problems: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  readonly removedIdentifiers: number;
}

/** What the inputs hold about one function, before it is put together. */
interface Pieces {
  readonly place: Place;
  readonly titles: TitleFacts[];
  readonly first: FunctionBlock;
  text: FunctionFacts | undefined;
  raw: FunctionFacts | undefined;
}

class Gatherer {
  readonly problems: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly pieces = new Map<string, Pieces>();
  removedIdentifiers = 0;
  readonly #options: GatherOptions;

  constructor(options: GatherOptions) {
    this.#options = options;
  }

  add(block: FunctionBlock): void {
    const place = block.place ?? this.#follow(block);
    if (place === undefined) {
      block.input.mark(block.line, LINE_CLASS.problem);
      this.problems.push({
        code: 'PATH_NOT_FOLLOWED',
        severity: 'error',
        path: linePath(block.input, block.line, this.#options.several),
        message: 'This function is named by the way to it, and the bridges on that way are not in the text before it.',
        fix: 'Use "lspci -vvv" without -P, or with -PP.',
      });
      return;
    }
    const key = placeText(place);
    let pieces = this.pieces.get(key);
    if (pieces === undefined) {
      if (this.pieces.size >= MAX_IMPORTED_FUNCTIONS) {
        this.#tooMany(block);
        return;
      }
      pieces = { place, titles: [], first: block, text: undefined, raw: undefined };
      this.pieces.set(key, pieces);
    }
    pieces.titles.push(parseTitle(block.title));
    if (block.details.length > 0) this.#addText(pieces, block);
    if (block.image.length > 0) this.#addRegisters(pieces, block);
  }

  #tooMany(block: FunctionBlock): void {
    if (this.problems.some((problem) => problem.code === 'TOO_MANY_FUNCTIONS')) return;
    block.input.mark(block.line, LINE_CLASS.problem);
    this.problems.push({
      code: 'TOO_MANY_FUNCTIONS',
      severity: 'error',
      path: linePath(block.input, block.line, this.#options.several),
      message: `The text has more than ${MAX_IMPORTED_FUNCTIONS} functions.`,
      fix: 'Paste the output of one machine, without virtual functions if it has thousands.',
    });
  }

  #addText(pieces: Pieces, block: FunctionBlock): void {
    const facts = emptyFacts(pieces.place, { input: block.input, line: block.line });
    const context: TextContext = { capability: '' };
    for (const { line, text } of block.details) {
      const at = { input: block.input, line };
      if (text !== '' && readDetailLine(facts, context, text, at)) block.input.mark(line, LINE_CLASS.used);
    }
    dropPhantomBars(facts);
    dropCpuAddresses(facts);
    const serial = this.#options.keepIdentifiers ? textSerialNumber(block) : undefined;
    if (serial !== undefined) facts.serialNumber = serial;
    const known = pieces.text;
    if (known === undefined) pieces.text = facts;
    else if (facts.detailed && known.detailed) this.#duplicate(pieces, block, 'text');
    // One of the two is `lspci -k`, which names the driver and little else.
    else pieces.text = facts.detailed ? { ...onlyDriver(known), ...facts } : { ...onlyDriver(facts), ...known };
  }

  #addRegisters(pieces: Pieces, block: FunctionBlock): void {
    const serial = serialNumberOf(block.image);
    if (!this.#options.keepIdentifiers && removeSerialNumber(block)) this.removedIdentifiers++;
    const known = pieces.raw?.image;
    if (known !== undefined) {
      const same = known.length === block.image.length && known.every((byte, index) => byte === block.image[index]);
      if (!same) this.#duplicate(pieces, block, 'registers');
      return;
    }
    const facts = emptyFacts(pieces.place, { input: block.input, line: block.line });
    readRegisters(facts, block.image);
    if (this.#options.keepIdentifiers && serial !== undefined) facts.serialNumber = serial;
    pieces.raw = facts;
  }

  #duplicate(pieces: Pieces, block: FunctionBlock, what: string): void {
    block.input.mark(block.line, LINE_CLASS.problem);
    this.warnings.push({
      code: 'FUNCTION_TWICE',
      severity: 'warning',
      path: linePath(block.input, block.line, this.#options.several),
      message: `${placeText(pieces.place)} is described twice, with different ${what}; the first description is used.`,
      fix: 'Paste the output of one machine, taken once.',
    });
  }

  /** Follows `00:01.0/00.0/02.0` through the secondary buses of the bridges named before. */
  #follow(block: FunctionBlock): Place | undefined {
    let place = block.root;
    for (const step of block.path) {
      const bridge = this.pieces.get(placeText(place));
      const bus = (bridge?.raw?.buses ?? bridge?.text?.buses)?.secondary;
      if (bus === undefined || bus <= place.bus) return undefined;
      place = { segment: place.segment, bus, device: step.device, fn: step.fn };
    }
    return place;
  }
}

/**
 * The decoder of a dump takes the upper dword of a 64-bit BAR for a BAR of its own (enumeration reference
 * L-4): such regions are not there.
 */
function dropPhantomBars(facts: FunctionFacts): void {
  facts.bars.sort((a, b) => a.index - b.index);
  facts.bars = facts.bars.filter((bar, position) => {
    const before = facts.bars[position - 1];
    return before === undefined || before.widthBits === 32 || before.index + 1 < bar.index;
  });
}

/**
 * On machines whose bus addresses differ from the processor's (POWER), lspci prints the latter. A 32-bit BAR
 * above 4 GiB shows it; its bus address is not in the text.
 */
function dropCpuAddresses(facts: FunctionFacts): void {
  for (const bar of facts.bars) {
    if (bar.widthBits === 64 || bar.address === undefined || bar.address < 2 ** 32) continue;
    bar.address = undefined;
    facts.cpuAddressed.push(bar.index);
  }
}

/** The 32-bit windows of such a machine are the lower halves of processor addresses: no bus addresses either. */
function dropCpuWindows(functions: readonly FunctionFacts[]): void {
  const segments = new Set(functions.filter((facts) => facts.cpuAddressed.length > 0).map((facts) => facts.segment));
  for (const facts of functions) {
    if (!segments.has(facts.segment) || facts.image !== undefined || facts.windows === undefined) continue;
    facts.windows = { ...facts.windows, memory: undefined };
  }
}

/** The ports that a conventional IDE controller has by tradition: the kernel prints them, no register holds them. */
function dropLegacyIdePorts(facts: FunctionFacts): void {
  const IDE_CLASS = 0x0101;
  const code = facts.classCode ?? 0;
  if (Math.floor(code / 256) !== IDE_CLASS) return;
  const primaryNative = code % 2 === 1;
  const secondaryNative = Math.floor(code / 4) % 2 === 1;
  facts.bars = facts.bars.filter((bar) => bar.index > 3 || (bar.index < 2 ? primaryNative : secondaryNative));
}

/** `Device Serial Number 52-54-00-ff-ff-12-34-01` of a block's text. */
function textSerialNumber(block: FunctionBlock): string | undefined {
  for (const { text } of block.details) {
    const match = /Device Serial Number ((?:[0-9a-f]{2}-){7}[0-9a-f]{2})/i.exec(text);
    if (match !== null) return (match[1] ?? '').replaceAll('-', '').toLowerCase();
  }
  return undefined;
}

function mergeBars(raw: readonly BarFacts[], text: readonly BarFacts[], textIndicesKnown: boolean): BarFacts[] {
  const merged = raw.map((bar, position) => {
    const other = textIndicesKnown ? text.find((candidate) => candidate.index === bar.index) : text[position];
    const sizeBytes = other?.space === bar.space ? other.sizeBytes : undefined;
    return { ...bar, sizeBytes };
  });
  const taken = new Set(merged.flatMap((bar) => (bar.widthBits === 64 ? [bar.index, bar.index + 1] : [bar.index])));
  // A BAR without an address and without type bits shows in the text only.
  const more = textIndicesKnown ? text.filter((bar) => !taken.has(bar.index) && bar.sizeBytes !== undefined) : [];
  return [...merged, ...more].sort((a, b) => a.index - b.index);
}

/** Registers first, text for what they lack. */
function mergeFacts(raw: FunctionFacts, text: FunctionFacts): FunctionFacts {
  const hidden = raw.capabilities === 'hidden' && text.capabilities === 'known';
  return {
    ...text,
    ...raw,
    bars: mergeBars(raw.bars, text.bars, text.barIndicesKnown),
    cpuAddressed: [],
    ...(raw.rom === undefined && text.rom === undefined
      ? {}
      : { rom: { address: raw.rom?.address, sizeBytes: text.rom?.sizeBytes } }),
    ...(hidden ? capabilityFacts(text) : {}),
  };
}

/** The facts that come from capabilities. */
function capabilityFacts(text: FunctionFacts): Partial<FunctionFacts> {
  const { capabilities, ats, pageRequest, pasid, resizable, express, acs, msix, sriov } = text;
  return {
    capabilities,
    ats,
    pageRequest,
    pasid,
    resizable,
    ...(express === undefined ? {} : { express }),
    ...(acs === undefined ? {} : { acs }),
    ...(msix === undefined ? {} : { msix }),
    ...(sriov === undefined ? {} : { sriov }),
  };
}

function putTogether(pieces: Pieces): FunctionFacts {
  const { text, raw, first } = pieces;
  const facts =
    raw !== undefined && text !== undefined
      ? mergeFacts(raw, text)
      : { ...(raw ?? text ?? emptyFacts(pieces.place, { input: first.input, line: first.line })) };
  for (const title of pieces.titles) addTitle(facts, title, raw !== undefined);
  dropLegacyIdePorts(facts);
  return facts;
}

function addTitle(facts: FunctionFacts, title: TitleFacts, hasRegisters: boolean): void {
  if (facts.className === '') facts.className = title.className;
  if (facts.description === '') facts.description = title.description;
  const unknownIds = facts.image !== undefined && nothingAnswered(facts.image);
  if (!hasRegisters || (unknownIds && title.numbersInText)) {
    if (title.vendorId !== undefined && (title.numbersInText || facts.vendorId === undefined))
      facts.vendorId = title.vendorId;
    if (title.deviceId !== undefined && (title.numbersInText || facts.deviceId === undefined))
      facts.deviceId = title.deviceId;
  }
  if (hasRegisters) return;
  if (title.classCode !== undefined) {
    const programmingInterface = title.programmingInterface ?? (facts.classCode ?? 0) % 256;
    facts.classCode = title.classCode * 256 + programmingInterface;
  }
  if (title.revision !== undefined) facts.revision = title.revision;
}

function onlyDriver(facts: FunctionFacts): Pick<FunctionFacts, 'driver'> {
  return facts.driver === undefined ? {} : { driver: facts.driver };
}

/** Puts the blocks of all inputs together. */
export function gatherFunctions(blocks: readonly FunctionBlock[], options: GatherOptions): Gathered {
  const gatherer = new Gatherer(options);
  for (const block of blocks) gatherer.add(block);
  const functions = [...gatherer.pieces.values()]
    .map(putTogether)
    .sort((a, b) => a.segment - b.segment || a.bus - b.bus || a.device - b.device || a.fn - b.fn);
  dropCpuWindows(functions);
  return {
    functions,
    problems: gatherer.problems,
    warnings: gatherer.warnings,
    removedIdentifiers: gatherer.removedIdentifiers,
  };
}

/*
 * The kernel command line as rows that can be added and removed one by one. `pci=` words are taken apart: of several
 * options with one name the kernel uses the last, and their devices are parted by `;`.
 * Source: semantics reference A-4….
 */
import { shortBdf } from '../base/format.ts';
import type { FunctionSpec, NodeId } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';

export type AcsOption = 'disable_acs_redir' | 'config_acs';

export const ACS_OPTIONS: readonly AcsOption[] = ['disable_acs_redir', 'config_acs'];

/** One device entry of an ACS option, or one other word. */
export interface KernelRow {
  /** Position of the word or option on the command line, and of the entry inside it. */
  readonly item: number;
  readonly entry: number;
  readonly option: AcsOption | undefined;
  /** `x0x@0000:02:00.0`, `0000:02:00.0`, or the whole word. */
  readonly text: string;
}

/** `pci=` options one by one, other words as they are. */
function itemsOf(words: readonly string[]): readonly string[] {
  return words
    .flatMap((word) => word.split(/\s+/))
    .filter((word) => word !== '')
    .flatMap((word) =>
      word.startsWith('pci=')
        ? word
            .slice(4)
            .split(',')
            .filter((option) => option !== '')
            .map((option) => `pci=${option}`)
        : [word],
    );
}

function acsOptionOf(item: string): AcsOption | undefined {
  return ACS_OPTIONS.find((option) => item.startsWith(`pci=${option}=`));
}

function entriesOf(item: string, option: AcsOption): readonly string[] {
  return item
    .slice(`pci=${option}=`.length)
    .split(';')
    .filter((entry) => entry !== '');
}

/** The command line of a document, one row for each thing that can be removed. */
export function kernelRows(words: readonly string[]): readonly KernelRow[] {
  return itemsOf(words).flatMap((text, item): readonly KernelRow[] => {
    const option = acsOptionOf(text);
    if (option === undefined) return [{ item, entry: 0, option, text }];
    return entriesOf(text, option).map((entryText, entry) => ({ item, entry, option, text: entryText }));
  });
}

function withItems(document: TopologyDocument, items: readonly string[]): TopologyDocument {
  const { kernelParameters: _replaced, ...host } = document.host;
  return { ...document, host: items.length === 0 ? host : { ...host, kernelParameters: items } };
}

function withEntries(items: readonly string[], item: number, option: AcsOption, entries: readonly string[]) {
  return entries.length === 0
    ? items.filter((_text, index) => index !== item)
    : items.map((text, index) => (index === item ? `pci=${option}=${entries.join(';')}` : text));
}

/** The document without one row of its command line. */
export function removeKernelRow(document: TopologyDocument, row: KernelRow): TopologyDocument {
  const items = itemsOf(document.host.kernelParameters ?? []);
  const text = items[row.item];
  if (text === undefined) return document;
  const { option } = row;
  const entries = option === undefined ? [] : entriesOf(text, option).filter((_entry, index) => index !== row.entry);
  if (option === undefined)
    return withItems(
      document,
      items.filter((_item, index) => index !== row.item),
    );
  return withItems(document, withEntries(items, row.item, option, entries));
}

/**
 * Adds a device to an ACS option, once. Of two entries for one function the first counts, so those that name one
 * function go before those that name many (`pci:…`).
 */
export function addAcsEntry(document: TopologyDocument, option: AcsOption, entry: string): TopologyDocument {
  const items = itemsOf(document.host.kernelParameters ?? []);
  const last = items.findLastIndex((item) => acsOptionOf(item) === option);
  const present = last < 0 ? [] : entriesOf(items[last] ?? '', option);
  if (present.includes(entry)) return document;
  if (last < 0) return withItems(document, [...items, `pci=${option}=${entry}`]);
  const many = (text: string): boolean => deviceOfEntry(option, text).startsWith('pci:');
  const firstOfMany = many(entry) ? -1 : present.findIndex(many);
  const place = firstOfMany < 0 ? present.length : firstOfMany;
  return withItems(document, withEntries(items, last, option, present.toSpliced(place, 0, entry)));
}

/** Adds a word to the command line, once. */
export function addKernelWord(document: TopologyDocument, word: string): TopologyDocument {
  const items = itemsOf(document.host.kernelParameters ?? []);
  const added = itemsOf([word]).filter((item) => !items.includes(item));
  return added.length === 0 ? document : withItems(document, [...items, ...added]);
}

/** The document without the words that `matches`. */
export function removeKernelWords(document: TopologyDocument, matches: (item: string) => boolean): TopologyDocument {
  const items = itemsOf(document.host.kernelParameters ?? []);
  const kept = items.filter((item) => !matches(item));
  return kept.length === items.length ? document : withItems(document, kept);
}

/** The `<dev>` of an entry. */
export function deviceOfEntry(option: AcsOption, entry: string): string {
  return option === 'config_acs' ? entry.slice(entry.indexOf('@') + 1) : entry;
}

const DEVICE_FORM = 'Write [domain:]bus:dev.fn[/dev.fn…] or pci:vendor:device[:subvendor:subdevice].';

/** What is wrong with a `<dev>`, or undefined. */
export function deviceProblem(device: string): string | undefined {
  if (device === '') return `A device is missing. ${DEVICE_FORM}`;
  if (device.includes(',')) return 'A comma ends the option; part several devices with a semicolon.';
  if (device.includes(';')) return 'One device a row; they are joined with semicolons.';
  if (device.startsWith('pci:')) {
    const parts = device.slice(4).split(':');
    if (parts.length !== 2 && parts.length !== 4)
      return 'After pci: come vendor and device, or these and subvendor and subdevice.';
    return parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))
      ? undefined
      : 'Identities are up to four hexadecimal digits each; 0 stands for any.';
  }
  const [first = '', ...steps] = device.split('/');
  if (!/^(?:[0-9a-f]{1,8}:)?[0-9a-f]{1,2}:[0-9a-f]{1,2}\.[0-7]$/i.test(first)) return DEVICE_FORM;
  return steps.every((step) => /^[01]?[0-9a-f]\.[0-7]$/i.test(step))
    ? undefined
    : 'Each step of the path after a slash is dev.fn, for example 00.0.';
}

/** What is wrong with one entry of an ACS option, or undefined. */
export function entryProblem(option: AcsOption, entry: string): string | undefined {
  if (option === 'disable_acs_redir') return deviceProblem(entry);
  const at = entry.indexOf('@');
  if (at < 0) return 'Write flags@device, for example x0x00xx@0000:02:00.0.';
  const flags = entry.slice(0, at);
  if (flags === '') return 'Flags are missing before the @.';
  if (!/^[01x]+$/.test(flags))
    return 'Flags are the characters 0, 1 and x, rightmost first: SV, TB, RR, CR, UF, EC, DT.';
  if (flags.length > 7) return 'There are seven flags; the rightmost is Source Validation.';
  return deviceProblem(entry.slice(at + 1));
}

/** What is wrong, or worth knowing, about any other word. */
export function wordProblem(word: string): string | undefined {
  if (word.trim() === '') return 'Write one word of the kernel command line.';
  if (/\s/.test(word.trim())) return 'One word a row.';
  if (/(^|,|=)noacs\b/.test(word)) return 'There is no pci=noacs in mainline; clear the bits with disable_acs_redir.';
  if (word.startsWith('pcie_acs_override'))
    return 'An out-of-tree patch: it only pretends isolation for groups and sets no bit, so it changes nothing here.';
  const item = word.trim();
  const option = acsOptionOf(item);
  if (option === undefined) return undefined;
  const entries = entriesOf(item, option);
  if (entries.length === 0) return `A device is missing. ${DEVICE_FORM}`;
  return entries.map((entry) => entryProblem(option, entry)).find((problem) => problem !== undefined);
}

/** The BDF a running machine gave a function, `0000:02:00.0`; undefined if it has none. */
export type BdfOf = (node: NodeId) => string | undefined;

function stepMatches(fn: FunctionSpec | undefined, step: string): boolean {
  const [device = '', number = ''] = step.split('.');
  return fn !== undefined && fn.device === Number.parseInt(device, 16) && fn.fn === Number(number);
}

/** Whether a function is the `<dev>` of an entry. */
export function matchesFunction(document: TopologyDocument, bdfOf: BdfOf, fn: FunctionSpec, device: string): boolean {
  if (device.startsWith('pci:')) {
    const { vendorId, deviceId, subsystemVendorId, subsystemId } = fn.identity;
    const own = [vendorId, deviceId, subsystemVendorId, subsystemId];
    const wanted = device.slice(4).split(':');
    return wanted.every((part, index) => [0, own[index]].includes(Number.parseInt(part, 16)));
  }
  const [first = '', ...steps] = device.split('/');
  let current: FunctionSpec | undefined = fn;
  for (const step of steps.toReversed()) {
    if (!stepMatches(current, step)) return false;
    const above: NodeId | undefined = current?.parent;
    current = document.functions.find((candidate) => candidate.id === above);
  }
  const bdf = current === undefined ? undefined : bdfOf(current.id);
  return bdf !== undefined && shortBdf(bdf) === canonicalBdf(first);
}

/** `0:2:0.0` → `02:00.0`; `0001:02:00.0` keeps its domain. */
function canonicalBdf(text: string): string {
  const parts = text.toLowerCase().split(':');
  const [devFn = '', bus = '', domain = '0'] = parts.toReversed();
  const [device = '', number = ''] = devFn.split('.');
  const short = `${bus.padStart(2, '0')}:${device.padStart(2, '0')}.${number}`;
  return Number.parseInt(domain, 16) === 0 ? short : `${domain.padStart(4, '0')}:${short}`;
}

/** The entry of an option that holds for a function: the first that matches. */
export function entryFor(
  document: TopologyDocument,
  bdfOf: BdfOf,
  fn: FunctionSpec,
  option: AcsOption,
): string | undefined {
  const items = itemsOf(document.host.kernelParameters ?? []);
  const last = items.findLast((item) => acsOptionOf(item) === option);
  return (last === undefined ? [] : entriesOf(last, option)).find((entry) =>
    matchesFunction(document, bdfOf, fn, deviceOfEntry(option, entry)),
  );
}

/** Flags that force RR, CR and EC off and leave the rest as firmware had it. */
const NO_REDIRECT_FLAGS = 'x0x00xx';

/**
 * Boots a port without redirect: `disable_acs_redir`, unless `config_acs` holds for it, which has the last word
 * an entry for this port alone is dropped, one for many gets an exception before it.
 */
export function bootWithoutRedirect(document: TopologyDocument, bdfOf: BdfOf, fn: FunctionSpec): TopologyDocument {
  const bdf = bdfOf(fn.id);
  if (bdf === undefined) return document;
  let edited = document;
  for (const row of kernelRows(document.host.kernelParameters ?? []).toReversed()) {
    if (row.option !== 'config_acs') continue;
    const device = deviceOfEntry('config_acs', row.text);
    if (!device.startsWith('pci:') && matchesFunction(document, bdfOf, fn, device))
      edited = removeKernelRow(edited, row);
  }
  return entryFor(edited, bdfOf, fn, 'config_acs') === undefined
    ? addAcsEntry(edited, 'disable_acs_redir', bdf)
    : addAcsEntry(edited, 'config_acs', `${NO_REDIRECT_FLAGS}@${bdf}`);
}

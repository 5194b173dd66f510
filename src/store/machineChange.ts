/*
 * What an edit did to the machine: two enumerations of it compared. Pure; the page shows the result as one line.
 */
import { countText } from '../base/format.ts';
import type { PeerVerdict, PhysicsAnswer } from '../core/pcie/verdict.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import { physicsWords, routeWords, verdictWords } from './words.ts';

export interface WordChange {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

export interface MachineChange {
  /** The verdict of the transfer's pair, and where its packets go; only what differs. */
  readonly verdict: readonly WordChange[];
  /** `ACS of 4 functions`, `1 link`: what else enumeration found different. */
  readonly elsewhere: readonly string[];
}

function routeText(verdict: PeerVerdict): string {
  const end = verdict.route.writeEnd;
  const where = routeWords(verdict.route.routeClass);
  return end === undefined ? where : `${where}, refused there`;
}

function readText(verdict: PeerVerdict): string {
  const readClass = verdict.route.readDataRouteClass;
  if (verdict.route.readDataEnd !== undefined) return 'refused';
  return readClass === undefined ? '' : routeWords(readClass);
}

const WRITES = 'Writes go';
const READ_DATA = 'Read data comes';

const VERDICT_ROWS: readonly { readonly label: string; readonly read: (verdict: PeerVerdict) => string }[] = [
  { label: 'Linux', read: (verdict) => verdictWords(verdict.mapType).name },
  { label: WRITES, read: routeText },
  { label: READ_DATA, read: readText },
  { label: 'A write', read: (verdict) => outcomeText(verdict.physics?.write) },
  { label: 'A read', read: (verdict) => outcomeText(verdict.physics?.read) },
  { label: 'Groups', read: (verdict) => groupWords(verdict) },
];

function outcomeText(answer: PhysicsAnswer | undefined): string {
  return answer === undefined ? '' : physicsWords(answer.outcome);
}

function groupWords({ isolation }: PeerVerdict): string {
  if (isolation === undefined) return '';
  if (!isolation.active) return 'none';
  return isolation.sameGroup ? 'the same' : 'different';
}

function differing<T>(before: readonly T[], after: readonly T[], key: (item: T) => string, value: (item: T) => string) {
  const known = new Map(before.map((item) => [key(item), value(item)]));
  return after.filter((item) => known.get(key(item)) !== value(item)).length;
}

/** Writes and read data that change alike are said once. */
function joined(rows: readonly WordChange[]): readonly WordChange[] {
  const write = rows.find((row) => row.label === WRITES);
  const read = rows.find((row) => row.label === READ_DATA);
  if (write === undefined || read === undefined || write.before !== read.before || write.after !== read.after)
    return rows;
  return rows.filter((row) => row !== read).map((row) => (row === write ? { ...row, label: 'Packets go' } : row));
}

/** Compares two enumerations of what is meant to be the same machine. */
export function machineChange(before: MachineDescription, after: MachineDescription): MachineChange {
  const old = before.verdict;
  const now = after.verdict;
  const verdict =
    old === undefined || now === undefined
      ? []
      : VERDICT_ROWS.map(({ label, read }) => ({ label, before: read(old), after: read(now) })).filter(
          (row) => row.before !== row.after && row.before !== '' && row.after !== '',
        );
  const count = (number: number, text: string, one: string): readonly string[] =>
    number === 0 ? [] : [text === '' ? countText(number, one) : `${text} ${countText(number, one)}`];
  const functions = (value: (fn: MachineDescription['functions'][number]) => string): number =>
    differing(before.functions, after.functions, (fn) => fn.id, value);
  return {
    verdict: joined(verdict),
    elsewhere: [
      ...count(
        functions((fn) => String(fn.acsControl)),
        'ACS control of',
        'function',
      ),
      ...count(
        functions((fn) => `${fn.mpsBytes} ${fn.mrrsBytes}`),
        'packet sizes of',
        'function',
      ),
      ...count(
        functions((fn) => String(fn.bdf)),
        'numbers of',
        'function',
      ),
      ...count(
        differing(
          before.links,
          after.links,
          (link) => link.upper,
          (link) => `${link.up} ${link.gen} ${link.width}`,
        ),
        '',
        'link',
      ),
      ...count(groupsChanged(before, after), '', 'IOMMU group'),
    ],
  };
}

function groupsChanged(before: MachineDescription, after: MachineDescription): number {
  const texts = (machine: MachineDescription): readonly string[] =>
    (machine.groups ?? []).map((group) => group.toSorted((a, b) => a.localeCompare(b)).join(' '));
  const known = new Set(texts(before));
  return texts(after).filter((group) => !known.has(group)).length;
}

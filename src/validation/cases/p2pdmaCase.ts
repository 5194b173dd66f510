/*
 * A worked peer-to-peer case as data: one JSON object, a tree of functions, a pair, and what to expect of it.
 * The format is that of the semantics reference, Appendix A.
 */
import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { hexNumber, integer, list, record, ShapeError, text, wrongShape } from './json.ts';
import type { JsonRecord } from './json.ts';

const CASE_NODE_TYPES = ['HB', 'RP', 'USP', 'DSP', 'EP', 'RCIEP', 'PCI_BRIDGE', 'PCI_EP'] as const;
export type CaseNodeType = (typeof CASE_NODE_TYPES)[number];

/** One function of the tree. */
export interface CaseNode {
  readonly name: string;
  readonly type: CaseNodeType;
  /** 0…31 */
  readonly device: number;
  /** 0…7 */
  readonly fn: number;
  readonly vendorId: number;
  readonly deviceId: number;
  readonly acs: { readonly capability: number; readonly control: number } | undefined;
  /** Name of the physical function this one is a virtual function of. */
  readonly virtualFunctionOf: string | undefined;
  readonly children: readonly CaseNode[];
}

export interface CaseHost {
  readonly name: string;
  readonly segment: number;
  readonly rootBus: number;
  /** Vendor word as written, e.g. `intel`. */
  readonly cpuVendor: string;
  readonly cpuFamily: number;
  readonly tree: readonly CaseNode[];
}

/** What the case expects; undefined = not given, not compared. */
export interface CaseExpectation {
  readonly chain: number | undefined;
  readonly ret: number | undefined;
  readonly map: string | undefined;
  readonly redir: readonly string[] | undefined;
  /** Null: no common bridge. */
  readonly anc: string | null | undefined;
  readonly write: readonly string[] | undefined;
  readonly readReq: readonly string[] | undefined;
  readonly readData: readonly string[] | undefined;
  /** A partition of the functions; the order of and in groups means nothing. */
  readonly groups: readonly (readonly string[])[] | undefined;
}

export interface P2pdmaCase {
  readonly id: string;
  readonly hosts: readonly CaseHost[];
  readonly provider: string;
  /** One, or several to be summed up (D-11); undefined = no PCI function among its ancestors. */
  readonly clients: readonly (string | undefined)[];
  /** Form of the address on the wire; decides the paths only. */
  readonly addressForm: 'phys' | 'iova';
  readonly expect: CaseExpectation;
}

/**
 * Reads one case.
 * @param value parsed JSON.
 * @returns the case, or a sentence that says where it is not of this format.
 */
export function readP2pdmaCase(value: unknown): Result<P2pdmaCase, string> {
  try {
    return ok(readCase(value));
  } catch (error) {
    if (error instanceof ShapeError) return err(error.message);
    throw error;
  }
}

function readCase(value: unknown): P2pdmaCase {
  const row = record(value, 'case');
  const expect = record(row['expect'], 'expect');
  const hosts = list(row['hosts'], 'hosts').map((host, index) => readHost(host, `hosts/${index}`));
  if (hosts.length === 0) wrongShape('hosts', 'at least one host', row['hosts']);
  const result: P2pdmaCase = {
    id: text(row['id'], 'id'),
    hosts,
    provider: text(row['provider'], 'provider'),
    clients: readClients(row),
    addressForm: expect['addr'] === 'iova' ? 'iova' : 'phys',
    expect: readExpectation(expect),
  };
  checkNames(result);
  return result;
}

function readClients(row: JsonRecord): readonly (string | undefined)[] {
  const one = (value: unknown, where: string): string | undefined => (value === null ? undefined : text(value, where));
  if (row['clients'] === undefined) return [one(row['client'], 'client')];
  return list(row['clients'], 'clients').map((client, index) => one(client, `clients/${index}`));
}

function readHost(value: unknown, where: string): CaseHost {
  const host = record(value, where);
  const cpu = list(host['cpu'], `${where}/cpu`);
  return {
    name: text(host['name'], `${where}/name`),
    segment: host['domain'] === undefined ? 0 : readSegment(host['domain'], `${where}/domain`),
    rootBus: inRange(hexNumber(host['bus'], `${where}/bus`), 255, `${where}/bus`),
    cpuVendor: text(cpu[0], `${where}/cpu/0`),
    cpuFamily: hexNumber(cpu[1], `${where}/cpu/1`),
    tree: list(host['tree'], `${where}/tree`).map((node, index) => readNode(node, `${where}/tree/${index}`)),
  };
}

function readSegment(value: unknown, where: string): number {
  const segment = typeof value === 'string' ? hexNumber(value, where) : integer(value, where);
  return inRange(segment, 0xffff_ffff, where);
}

function readNode(value: unknown, where: string): CaseNode {
  const parts = list(value, where);
  const type = CASE_NODE_TYPES.find((known) => known === parts[1]);
  if (type === undefined) wrongShape(`${where}/1`, `one of ${CASE_NODE_TYPES.join(' ')}`, parts[1]);
  const place = /^([0-9a-f]{1,2})\.([0-7])$/i.exec(text(parts[2], `${where}/2`));
  if (place === null) wrongShape(`${where}/2`, 'a device and function like 1f.7', parts[2]);
  const identity = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(text(parts[3], `${where}/3`));
  if (identity === null) wrongShape(`${where}/3`, 'a vendor and device like 11f8:f115', parts[3]);
  const options = parts[4] === undefined ? {} : record(parts[4], `${where}/4`);
  const children = parts[5] === undefined ? [] : list(parts[5], `${where}/5`);
  return {
    name: text(parts[0], `${where}/0`),
    type,
    device: inRange(Number.parseInt(place[1] ?? '', 16), 31, `${where}/2`),
    fn: Number(place[2]),
    vendorId: Number.parseInt(identity[1] ?? '', 16),
    deviceId: Number.parseInt(identity[2] ?? '', 16),
    acs: readAcs(options['acs'], `${where}/4/acs`),
    virtualFunctionOf: options['vfOf'] === undefined ? undefined : text(options['vfOf'], `${where}/4/vfOf`),
    children: children.map((child, index) => readNode(child, `${where}/5/${index}`)),
  };
}

function readAcs(value: unknown, where: string): CaseNode['acs'] {
  if (value === undefined || value === null) return undefined;
  const [capability, control] = list(value, where);
  return {
    capability: inRange(hexNumber(capability, `${where}/0`), 0x7f, `${where}/0`),
    control: inRange(hexNumber(control, `${where}/1`), 0x7f, `${where}/1`),
  };
}

function readExpectation(expect: JsonRecord): CaseExpectation {
  const names = (key: 'redir' | 'write' | 'readReq' | 'readData'): readonly string[] | undefined =>
    expect[key] === undefined
      ? undefined
      : list(expect[key], `expect/${key}`).map((name, index) => text(name, `expect/${key}/${index}`));
  const { chain, ret, map, anc, groups } = expect;
  return {
    chain: chain === undefined ? undefined : integer(chain, 'expect/chain'),
    ret: ret === undefined ? undefined : integer(ret, 'expect/ret'),
    map: map === undefined ? undefined : text(map, 'expect/map'),
    redir: names('redir'),
    anc: anc === undefined || anc === null ? anc : text(anc, 'expect/anc'),
    write: names('write'),
    readReq: names('readReq'),
    readData: names('readData'),
    groups:
      groups === undefined
        ? undefined
        : list(groups, 'expect/groups').map((members, group) =>
            list(members, `expect/groups/${group}`).map((name) => text(name, `expect/groups/${group}`)),
          ),
  };
}

function inRange(value: number, maximum: number, where: string): number {
  if (value < 0 || value > maximum) wrongShape(where, `a number up to 0x${maximum.toString(16)}`, value);
  return value;
}

/** Every function of the case, parents before children. */
export function caseNodes(row: P2pdmaCase): readonly CaseNode[] {
  const below = (node: CaseNode): readonly CaseNode[] => [node, ...node.children.flatMap(below)];
  return row.hosts.flatMap((host) => host.tree.flatMap(below));
}

function checkNames(row: P2pdmaCase): void {
  const names = new Set<string>();
  for (const { name } of caseNodes(row)) {
    if (names.has(name)) throw new ShapeError(`two functions are called ${name}`);
    names.add(name);
  }
  const references = [row.provider, ...row.clients, ...caseNodes(row).map((node) => node.virtualFunctionOf)];
  for (const name of references) {
    if (name !== undefined && !names.has(name)) throw new ShapeError(`no function is called ${name}`);
  }
}

/*
 * Runs one worked case: enumerates its machine through configuration space, asks for the pair's verdict and the
 * groups, predicts the paths of its packets, sends them, and compares what the case expects.
 */
import type { HostView } from '../../core/host/hostView.ts';
import { groupsWithDriver } from '../../core/host/iommu/groups.ts';
import { distance } from '../../core/host/p2pdma/distance.ts';
import { nameView } from '../../core/host/p2pdma/names.ts';
import type { ViewNames } from '../../core/host/p2pdma/names.ts';
import { classifyPair } from '../../core/host/p2pdma/pair.ts';
import { pathNotation, predictPair } from '../../core/host/p2pdma/peerRoute.ts';
import type { MachineSpec } from '../../core/pcie/machineSpec.ts';
import { readP2pdmaCase } from '../../validation/cases/p2pdmaCase.ts';
import type { CaseExpectation, P2pdmaCase } from '../../validation/cases/p2pdmaCase.ts';
import { machineOfCase } from '../../validation/cases/p2pdmaMachine.ts';
import { takenPaths } from './p2pdmaSimulation.ts';

/** What came out, in the words of the case format; undefined members are not printed. */
export interface CaseResult {
  readonly chain?: number;
  readonly ret?: number;
  readonly map?: string;
  readonly redir?: readonly string[];
  readonly anc?: string | null;
  /** Sorted: order means nothing. */
  readonly groups?: readonly (readonly string[])[];
}

export interface CasePaths {
  readonly write: readonly string[];
  /** Of the read request; given only where it is not the write's. */
  readonly readReq?: readonly string[];
  readonly readData: readonly string[];
}

/** One line of the check's output. */
export interface CheckedRow {
  readonly id: string;
  readonly expected: CaseResult | undefined;
  readonly got: CaseResult | undefined;
  /** Expected paths, those predicted, and those that a write and a read took in a simulation. */
  readonly paths?: {
    readonly expected: Partial<CasePaths>;
    readonly got: CasePaths;
    /** Absent with conventional buses, which leave no records, and with memory of virtual functions. */
    readonly taken?: CasePaths;
    readonly agree: boolean;
  };
  readonly ok: boolean;
  /** Why a row that could not be judged counts as failed, or what a judged row differs in. */
  readonly reason?: string;
}

/** Makes the host's view of a machine: by enumeration, or in tests by other means. */
export type ViewMaker = (spec: MachineSpec) => HostView;

/**
 * Checks one line of a case file. A line of unknown shape is a failed row with a reason, never an exception.
 * @param line one JSON object.
 * @param fallbackId what to call the row when it has no readable id.
 */
export function checkP2pdmaLine(line: string, fallbackId: string, makeView: ViewMaker): CheckedRow {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return unreadable(fallbackId, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const row = readP2pdmaCase(value);
  return row.ok ? checkCase(row.value, makeView) : unreadable(idOf(value) ?? fallbackId, row.error);
}

function unreadable(id: string, reason: string): CheckedRow {
  return { id, expected: undefined, got: undefined, ok: false, reason };
}

function idOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('id' in value)) return undefined;
  return typeof value.id === 'string' ? value.id : undefined;
}

function checkCase(row: P2pdmaCase, makeView: ViewMaker): CheckedRow {
  const spec = machineOfCase(row);
  const view = makeView(spec);
  const names = nameView(view, spec);
  const indexOf = (name: string): number => names.functions.findIndex((fn) => fn.name === name);
  const provider = indexOf(row.provider);
  const clients = row.clients.map((name) => (name === undefined ? undefined : indexOf(name)));
  if (provider < 0 || clients.includes(-1)) {
    return unreadable(row.id, 'enumeration does not find the provider and every client');
  }
  const expected = comparable(row.expect);
  const got = resultOf({ view, names, provider, clients });
  const differences = Object.keys(expected).filter((key) => !sameJson(expected, got, key));
  const [client] = clients;
  const single = clients.length === 1 && client !== undefined ? client : undefined;
  const paths = single === undefined ? undefined : pathsOf(row, view, names, { provider, client: single });
  if (paths !== undefined) differences.push(...paths.differences);
  return {
    id: row.id,
    expected,
    got,
    ...(paths === undefined ? {} : { paths: paths.shown }),
    ok: differences.length === 0,
    ...(differences.length === 0 ? {} : { reason: `differs in ${differences.join(', ')}` }),
  };
}

/** The members that this check judges, as far as the case gives them. */
function comparable(expect: CaseExpectation): CaseResult {
  const { chain, ret, map, redir, anc, groups } = expect;
  return {
    ...(groups === undefined ? {} : { groups: sortedGroups(groups) }),
    ...(chain === undefined ? {} : { chain }),
    ...(ret === undefined ? {} : { ret }),
    ...(map === undefined ? {} : { map }),
    ...(redir === undefined ? {} : { redir }),
    ...(anc === undefined ? {} : { anc }),
  };
}

interface Question {
  readonly view: HostView;
  readonly names: ViewNames;
  readonly provider: number;
  readonly clients: readonly (number | undefined)[];
}

/** With one client everything; with several only what is defined for a set: the returned value. */
function resultOf({ view, names, provider, clients }: Question): CaseResult {
  const ret = distance(
    view,
    provider,
    clients.map((pciFunction) => ({ pciFunction })),
  );
  const [client] = clients;
  const nameOf = (index: number): string => names.functions[index]?.name ?? '';
  const groups = sortedGroups(groupsWithDriver(view).groups.map((members) => members.map(nameOf)));
  if (clients.length !== 1 || client === undefined) return { ret, groups };
  const answer = classifyPair(view, provider, client);
  return {
    groups,
    chain: answer.chainDistance,
    ret,
    map: answer.mapType,
    redir: answer.redirectors.map(nameOf),
    anc: answer.commonBridge === undefined ? null : nameOf(answer.commonBridge),
  };
}

interface ComparedPaths {
  readonly shown: NonNullable<CheckedRow['paths']>;
  readonly differences: readonly string[];
}

function pathsOf(
  row: P2pdmaCase,
  view: HostView,
  names: ViewNames,
  pair: { readonly provider: number; readonly client: number },
): ComparedPaths {
  const { request, completion } = predictPair(view, pair, { form: row.addressForm === 'iova' ? 'iova' : 'physical' });
  const { write, readReq, readData } = row.expect;
  const withRequest = (path: readonly string[]): Pick<CasePaths, 'readReq'> =>
    readReq === undefined ? {} : { readReq: path };
  const got: CasePaths = {
    write: pathNotation(view, names, request),
    ...withRequest(pathNotation(view, names, request)),
    readData: completion === undefined ? [] : pathNotation(view, names, completion),
  };
  const expected = {
    ...(write === undefined ? {} : { write }),
    ...(readReq === undefined ? {} : { readReq }),
    ...(readData === undefined ? {} : { readData }),
  };
  const run = takenPaths(row);
  const taken =
    run === undefined ? undefined : { write: run.write, ...withRequest(run.readReq), readData: run.readData };
  const differences = Object.keys(expected).flatMap((key) => [
    ...(sameJson(expected, got, key) ? [] : [`${key} as predicted`]),
    ...(taken === undefined || sameJson(expected, taken, key) ? [] : [`${key} as taken`]),
  ]);
  if (run?.problem !== undefined && differences.length > 0) differences.push(run.problem);
  const shown = { expected, got, ...(taken === undefined ? {} : { taken }), agree: differences.length === 0 };
  return { shown, differences };
}

function sortedGroups(groups: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return groups.map((members) => [...members].sort()).sort((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1));
}

function sameJson(a: object, b: object, key: string): boolean {
  const member = (value: object): unknown => Object.entries(value).find(([name]) => name === key)?.[1];
  return JSON.stringify(member(a)) === JSON.stringify(member(b));
}

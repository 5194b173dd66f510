/* Inspect follows time: it shows the packet that stopped a run, and keeps the one that is shown when records move. */
import type { StoreApi } from 'zustand/vanilla';
import type { Breakpoint, MachineDescription } from '../engine/protocol.ts';
import type { HopTee } from './hopTee.ts';
import type { PacketLog } from './inspectLog.ts';
import type { InspectState } from './inspectStore.ts';
import { LANE_IDS, type LaneId } from './session.ts';
import type { Simulation } from './simulation.ts';
import { breakpointOf } from './timeStops.ts';

/** How far before the present a packet is looked for that has stopped a run. */
const LOOK_BACK = 256;

type When = Breakpoint['when'];

function overlaps(
  from: number,
  lengthBytes: number,
  range: { readonly first: number; readonly last: number },
): boolean {
  return from <= range.last && from + Math.max(1, lengthBytes) > range.first;
}

/** Whether a crossing is one that a breakpoint waits for. */
export function meets(log: PacketLog, record: number, when: When, machine: MachineDescription): boolean {
  const cell = log.cell(record);
  const address = log.address[cell] ?? 0;
  const lengthBytes = log.lengthBytes[cell] ?? 0;
  const segment = log.segment[cell] ?? 0;
  if (when.kind === 'memoryWrite') {
    const base = machine.memories.find((row) => row.index === when.memory)?.busAddress;
    const first = (base ?? 0) + when.first;
    return base !== undefined && overlaps(address, lengthBytes, { first, last: base + when.last });
  }
  if (when.kind !== 'tlp') return true;
  return (
    (when.types === undefined || when.types.includes(log.kind(record))) &&
    (when.addresses === undefined || overlaps(address, lengthBytes, when.addresses)) &&
    (when.requester === undefined || log.requester[cell] === when.requester) &&
    (when.link === undefined || Math.floor(segment / 2) === when.link) &&
    (when.direction === undefined || segment % 2 === when.direction)
  );
}

/** The newest record up to now that has to do with what stopped the run; −1 = none on record. */
export function recordOfHit(hops: HopTee, when: When, machine: MachineDescription, at_ps: number): number {
  hops.pump();
  const { log } = hops;
  if (log === undefined) return -1;
  const newest = hops.present(at_ps) - 1;
  for (let record = newest; record >= Math.max(log.first, newest - LOOK_BACK); record -= 1) {
    if (meets(log, record, when, machine)) return record;
  }
  return newest >= log.first ? newest : -1;
}

/** @returns the way to stop. */
export function followInInspect(simulation: Simulation, inspect: StoreApi<InspectState>): () => void {
  const { session, marks } = simulation;
  const show = (lane: LaneId, stopId: string, at_ps: number): void => {
    const { machine, hops } = session.lane(lane);
    const stop = marks.store.getState().stops.find(({ id }) => id === stopId);
    if (machine === undefined || hops === undefined || stop === undefined) return;
    const made = breakpointOf(stop, machine);
    const record = made.ok ? recordOfHit(hops, made.value.when, machine, at_ps) : -1;
    if (record >= 0 && hops.log !== undefined) inspect.getState().set({ selected: { log: hops.log, record } });
  };
  const renumber = (log: PacketLog, renumbered: (record: number) => number): void => {
    const { selected, set } = inspect.getState();
    if (selected?.log !== log) return;
    const record = renumbered(selected.record);
    if (record !== selected.record) set({ selected: record < 0 ? undefined : { log, record } });
  };
  const watch = (): void => {
    for (const lane of LANE_IDS) {
      const { hops } = session.lane(lane);
      if (hops !== undefined) hops.onRenumber = renumber;
    }
  };
  watch();
  const quits = [
    simulation.onBreak((lane, hit) => show(lane, hit.breakpoint, hit.now_ps)),
    session.store.subscribe(watch),
  ];
  return () => {
    for (const quit of quits) quit();
  };
}

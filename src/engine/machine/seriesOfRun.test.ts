/*
 * The series of real runs: every value is what a second machine, which nobody looked at on the way, has at that instant.
 */
import { describe, expect, it } from 'vitest';
import { at } from '../../base/invariant.ts';
import { privateStorage } from '../../base/storage.ts';
import {
  FLOW_COUNTER,
  flowRow,
  LINK_COUNTER,
  LINK_COUNTER_COUNT,
  MACHINE_COUNTER,
  MEMORY_COUNTER,
} from '../../core/pcie/counters.ts';
import { creditCell, occupancyCells, tagCell } from '../../core/pcie/occupancy.ts';
import { FLOW_COUNT, TLP_CLASS } from '../../core/pcie/tlp.ts';
import type { TopologyDocument, TransferWay } from '../../topology/document.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { SharedSeriesView } from '../machineView.ts';
import { allocateControl, allocateSeries, int32Cells, SERIES_SAMPLES, seriesShape } from '../sharedLayout.ts';
import { SeriesRecorder } from '../worker/seriesRecorder.ts';
import { SimulatedMachine } from './simulatedMachine.ts';

const BYTES = 262_144;

const loaded: TopologyDocument = {
  ...defaultMachine,
  host: { ...defaultMachine.host, memory: { ...defaultMachine.host.memory, backgroundBytesPerSecond: 5e9 } },
};

function machineOf(document: TopologyDocument, way: TransferWay): SimulatedMachine {
  const transfer = { ...document.transfer, bytes: BYTES };
  const made = SimulatedMachine.create({ document, transfer, way, seed: 1, storage: privateStorage });
  if (!made.ok) throw new Error(made.error[0]?.message);
  return made.value;
}

function recorded(document: TopologyDocument, way: TransferWay): SharedSeriesView {
  const machine = machineOf(document, way);
  const shape = seriesShape(machine.description, machine.functionCounters.byteLength);
  const memory = { control: allocateControl(privateStorage), series: allocateSeries(privateStorage, shape) };
  const recorder = new SeriesRecorder(machine, int32Cells(memory.control, 'seriesHeader'), memory.series);
  while (machine.report === undefined) {
    if (machine.runUntil(recorder.nextEdge_ps, Infinity) === 'reached') recorder.capture();
  }
  recorder.capture();
  return new SharedSeriesView(memory, shape);
}

/** Bytes of all flows in one direction of DRAM. */
function dram({ memoryCounters }: SimulatedMachine, field: number): number {
  let bytes = 0;
  for (let flow = 0; flow < FLOW_COUNT; flow += 1) bytes += at(memoryCounters, field * FLOW_COUNT + flow);
  return bytes;
}

function expectRow(view: SharedSeriesView, bin: number, machine: SimulatedMachine): void {
  const links = machine.description.links.length;
  const { machineCounters, linkCounters, flowCounters } = machine;
  expect(view.arrived(bin)).toBe(at(machineCounters, MACHINE_COUNTER.arrivedBytes));
  expect(view.cpuBusy(bin)).toBe(at(machineCounters, MACHINE_COUNTER.cpuBusy_ps));
  expect(view.dram(bin, 'dramRead')).toBe(dram(machine, MEMORY_COUNTER.readBytes));
  expect(view.dram(bin, 'dramWritten')).toBe(dram(machine, MEMORY_COUNTER.writtenBytes));
  expect(view.dram(bin, 'background')).toBe(at(machineCounters, MACHINE_COUNTER.backgroundBytes));
  expect(view.flow(bin, 0)).toBe(at(flowCounters, flowRow(0, links * 2) + FLOW_COUNTER.arrivedBytes));
  for (let link = 0; link < links; link += 1) {
    for (const direction of [0, 1] as const) {
      const stall = at(linkCounters, (link * 2 + direction) * LINK_COUNTER_COUNT + LINK_COUNTER.creditStall_ps);
      expect(view.creditStall(bin, link, direction)).toBe(stall);
    }
  }
}

describe.each(['p2p', 'bounce', 'copy'] as const)('the series of a run, %s', (way) => {
  const view = recorded(loaded, way);

  it('has at the end of a bin what the machine has then', () => {
    const machine = machineOf(loaded, way);
    const { length } = view;
    // The last bin ends with the run, not at its own end.
    for (let bin = 5; bin < length - 1; bin += 41) {
      machine.runUntil((bin + 1) * view.bin_ps, Infinity);
      expectRow(view, bin, machine);
    }
    expect(view.arrived(length - 1)).toBe(BYTES);
  });

  it('has the mean and the highest of the machine at four instants of a bin', () => {
    const machine = machineOf(loaded, way);
    const links = machine.description.links.length;
    const requesters = view.capacity.length - occupancyCells(links, 0);
    const seen = new Float64Array(view.capacity.length);
    const { length } = view;
    let isUsed = false;
    // Bins beyond the middle have had their width from the start: no two were joined.
    for (let bin = Math.max(256, Math.floor(length / 2)); bin < length - 1; bin += 17) {
      const sum = new Float64Array(seen.length);
      const most = new Float64Array(seen.length);
      for (let look = 1; look <= SERIES_SAMPLES; look += 1) {
        machine.runUntil((bin + look / SERIES_SAMPLES) * view.bin_ps, Infinity);
        machine.readOccupancy(seen);
        seen.forEach((taken, cell) => {
          if (taken < 0) throw new Error(`cell ${cell} has ${taken} taken`);
          sum[cell] = at(sum, cell) + taken;
          most[cell] = Math.max(at(most, cell), taken);
        });
      }
      seen.forEach((_, cell) => {
        const capacity = at(view.capacity, cell);
        if (capacity === Infinity) return;
        const step = capacity / 65_535;
        expect(Math.abs(view.taken(bin, cell) - at(sum, cell) / SERIES_SAMPLES)).toBeLessThanOrEqual(step);
        expect(Math.abs(view.mostTaken(bin, cell) - at(most, cell))).toBeLessThanOrEqual(step);
        expect(at(most, cell)).toBeLessThanOrEqual(capacity);
        isUsed ||= at(most, cell) > 0;
      });
    }
    expect(isUsed).toBe(true);
    expect(requesters).toBe(defaultMachine.functions.length + defaultMachine.hostBridges.length);
  });
});

it('tells how much there is: advertised credits, tags of functions that ask, and what never runs out', () => {
  const machine = machineOf(defaultMachine, 'p2p');
  const links = machine.description.links.length;
  const capacity = new Float64Array(
    seriesShape(machine.description, machine.functionCounters.byteLength).requesters + occupancyCells(links, 0),
  );
  machine.readCapacity(capacity);
  const toDevice = machine.description.links.findIndex(({ lower }) => lower === 'iopmem0') * 2;
  expect(at(capacity, creditCell(toDevice, TLP_CLASS.posted, 0))).toBeGreaterThan(0);
  // Endpoints take every completion they asked for (PCIe Base 5.0 §2.6.1): those credits are infinite.
  expect(at(capacity, creditCell(toDevice, TLP_CLASS.completion, 0))).toBe(Infinity);
  const nic = defaultMachine.functions.findIndex(({ id }) => id === 'nic0');
  const port = defaultMachine.functions.findIndex(({ id }) => id === 'sw0-p0');
  expect(at(capacity, tagCell(links, nic))).toBeGreaterThan(0);
  expect(at(capacity, tagCell(links, port))).toBe(0);
  const taken = new Float64Array(capacity.length);
  machine.readOccupancy(taken);
  expect([...taken].every((count) => count === 0)).toBe(true);
  machine.runUntil(Infinity, Infinity);
  machine.readOccupancy(taken);
  // After the run every credit is back and no request is open.
  expect([...taken].every((count) => count === 0)).toBe(true);
});

/*
 * All flows of a run: the transfer (number 0) and the document's flows (from number 1 on, in their order).
 */
import type { Result } from '../../base/result.ts';
import { PS_PER_US } from '../../base/units.ts';
import { err } from '../../base/result.ts';
import { runAtBoot } from '../../core/host/enumerate.ts';
import type { EngineDrivers } from '../../core/host/drivers/engineDrivers.ts';
import { observe, sleep } from '../../core/host/processRequests.ts';
import type { Refusal } from '../../core/host/transfer/jobPlan.ts';
import { flowNumberOf } from '../../core/pcie/tlp.ts';
import type { HostProcess } from '../../core/pcie/requests.ts';
import type { FlowSpec, FlowWork, TransferSpec } from '../../topology/document.ts';
import type { RunWay } from '../protocol.ts';
import { prepareAccesses } from './accessRunner.ts';
import type { BootedHardware } from './boot.ts';
import { prepareCpuAccess } from './cpuRunner.ts';
import { type FlowLoad, FlowLoads } from './flowLoads.ts';
import type { FlowRunner } from './flowRunner.ts';
import { prepareTransfer, type TransferRunner } from './transferRunner.ts';
import { bootAccess } from './iommuSetup.ts';
import { makeWorkshop, type Workshop } from './workshop.ts';

/** Processes of host software at once that the simulated system has room for, less a few for software of the page. */
const MOST_PROCESSES = 240;

/** What every flow is told when it is prepared. */
export interface FlowStart {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly isBackground: boolean;
  readonly start_ps: number;
  /** To be called at the instants it begins and ends. */
  readonly onPhase: (phase: 'begun' | 'ended') => void;
}

/** A flow that runs, or why it does not. */
export interface PreparedFlow {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly work: FlowWork;
  readonly isBackground: boolean;
  readonly runner: Result<FlowRunner, Refusal>;
  /** What the machine did between its begin and its end. */
  readonly load: FlowLoad;
}

export interface PreparedFlows {
  /** The transfer; undefined where the flows run alone. */
  readonly transfer: Result<TransferRunner, Refusal> | undefined;
  /** Without the transfer. */
  readonly beside: readonly PreparedFlow[];
  /** All that run, the transfer first. */
  readonly runners: readonly FlowRunner[];
  readonly transferLoad: FlowLoad;
  readonly loads: FlowLoads;
  readonly drivers: EngineDrivers;
}

export interface FlowsRequest {
  readonly transfer: TransferSpec;
  readonly way: RunWay;
  readonly flows: readonly FlowSpec[];
  readonly seed: number;
}

/** Plans and prepares everything that comes before time 0. A flow that cannot run does not stop the others. */
export function prepareFlows(booted: BootedHardware, request: FlowsRequest): PreparedFlows {
  const { transfer, way, flows, seed } = request;
  const main: FlowWork | undefined = way === 'flows' ? undefined : { kind: 'transfer', way, ...transfer };
  const workshop = makeWorkshop(booted, [main, ...flows.map(({ work }) => work)], seed);
  const loads = new FlowLoads(booted.hardware);
  const transferLoad = loads.add();
  const first =
    main === undefined
      ? undefined
      : prepareTransfer(workshop, main, {
          number: 0,
          id: 'transfer',
          name: 'Transfer',
          isBackground: false,
          start_ps: 0,
          onPhase: (phase) => loads.mark(transferLoad, phase),
        });
  const room = { processes: MOST_PROCESSES - (first?.ok === true ? first.value.processes : 0) };
  // A race that cannot run its transfer is refused as a whole.
  const beside =
    first?.ok === false ? [] : flows.map((flow, index) => limited(prepareFlow(workshop, loads, flow, index + 1), room));
  const runners = [first, ...beside.map(({ runner }) => runner)].flatMap((made) =>
    made?.ok === true ? [made.value] : [],
  );
  for (const runner of runners) runAtBoot(runner.probe(), booted.hardware.configFabric);
  runAtBoot(workshop.kernel.writeTables(), bootAccess(booted.hardware));
  if (way === 'flows') booted.hardware.countAllFlows();
  countInsideArrivals(booted, main, flows);
  return { transfer: first, beside, runners, transferLoad, loads, drivers: workshop.drivers };
}

/** A flow whose software finds no room beside that of the others is refused. */
function limited(flow: PreparedFlow, room: { processes: number }): PreparedFlow {
  if (!flow.runner.ok) return flow;
  const { processes } = flow.runner.value;
  if (processes <= room.processes) {
    room.processes -= processes;
    return flow;
  }
  const message = `The flows before this one leave no room for its ${processes} processes of host software.`;
  return { ...flow, runner: err({ code: 'FLOW_TOO_MANY', message, fix: 'Let fewer flows go through host memory.' }) };
}

function prepareFlow(workshop: Workshop, loads: FlowLoads, flow: FlowSpec, number: number): PreparedFlow {
  const { id, name, work, start_ps } = flow;
  const isBackground = flow.background ?? false;
  const load = loads.add();
  const onPhase = (phase: 'begun' | 'ended'): void => loads.mark(load, phase);
  const start = { number, id, name, isBackground, start_ps, onPhase };
  return { number, id, name, work, isBackground, load, runner: prepareWork(workshop, work, start) };
}

function prepareWork(workshop: Workshop, work: FlowWork, start: FlowStart): Result<FlowRunner, Refusal> {
  const missing = nodesOf(work).find((node) => node !== 'host' && !workshop.booted.devices.has(node));
  if (missing !== undefined) {
    const message = `This machine has no device ${missing}.`;
    return err({ code: 'FLOW_NO_FUNCTION', message, fix: 'Choose a device of this machine.' });
  }
  switch (work.kind) {
    case 'transfer':
      return prepareTransfer(workshop, work, start);
    case 'accesses':
      return prepareAccesses(workshop, work, start);
    case 'cpu':
      return prepareCpuAccess(workshop, work, start);
  }
}

/** Devices a flow names. */
export function nodesOf(work: FlowWork): readonly string[] {
  if (work.kind === 'transfer') return [work.from, work.to];
  return work.kind === 'accesses' ? [work.engine, work.target] : [work.target];
}

/** Bytes that go on inside a device have arrived if it is where their flow ends. */
function countInsideArrivals(booted: BootedHardware, main: FlowWork | undefined, flows: readonly FlowSpec[]): void {
  const ends = [main, ...flows.map(({ work }) => work)].map((work) => {
    if (work?.kind === 'transfer') return work.to;
    return work?.kind === 'accesses' && work.operation === 'read' ? work.engine : undefined;
  });
  for (const [node, device] of booted.devices) {
    device.onInsideArrival((lengthBytes, flow) => {
      const number = flowNumberOf(flow);
      if (ends[number] === node) booted.hardware.countArrival(number, lengthBytes);
    });
  }
}

/** How often the guard looks; nobody who moves bytes is silent for so long. */
const GUARD_PS = 5_000 * PS_PER_US;

/** What the guard sees: nobody is waited for; somebody has not begun; or all that was delivered so far. */
const OVER = -2;
const WAITING = -1;

function watched(waitedFor: readonly FlowRunner[], delivered: (flow: number) => number): number {
  if (waitedFor.every(({ progress, over_ps }) => progress.state !== 'running' && over_ps > 0)) return OVER;
  if (waitedFor.some(({ progress }) => progress.state === 'ready')) return WAITING;
  return waitedFor.reduce((sum, { number }) => sum + delivered(number), 0);
}

/**
 * Stops what runs in the background when those it would be repeated for deliver nothing any more: they wait for the end
 * of a timeout, and the background would move bytes all that time for nobody.
 * @param delivered bytes and operations of a flow so far.
 */
export function* guardBackground(
  runners: readonly FlowRunner[],
  delivered: (flow: number) => number,
): HostProcess<void> {
  const waitedFor = runners.filter(({ isBackground }) => !isBackground);
  let before = -1;
  for (;;) {
    yield* sleep(GUARD_PS);
    const now = yield* observe(() => watched(waitedFor, delivered));
    if (now === OVER) return;
    if (now === before && now !== WAITING) break;
    before = now;
  }
  for (const runner of runners) {
    if (!runner.isBackground) continue;
    runner.stop();
    // Its driver may not reach it any more.
    runner.halt?.();
  }
}

/** A flow's process, from time 0 on. */
export function* flowProcess(runner: FlowRunner): HostProcess<void> {
  if (runner.start_ps > 0) yield* sleep(runner.start_ps);
  yield* runner.run();
}

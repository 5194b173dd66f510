/*
 * The figures a scene prints, brought up to date a few times a second: rates over the window, loads of the
 * links, the one that limits, and how fast simulated time passes.
 */
import { FLOW_COUNT } from '../../core/pcie/tlp.ts';
import { JOB_STATE, MACHINE_COUNTER, MEMORY_COUNTER } from '../../core/pcie/counters.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { MachineDescription, RunWay } from '../../engine/protocol.ts';
import {
  idleLoads,
  limitingDirection,
  updateLoads,
  type FlowClass,
  type LimitPlace,
  type LinkLoad,
} from './linkLoad.ts';
import { RateWindow } from './rateWindow.ts';

const UPDATE_MS = 100;
/** Design, section 6: reduced motion means two updates a second. */
const REDUCED_UPDATE_MS = 500;
const MS_PER_SECOND = 1000;

export class LiveFigures {
  readonly rates: RateWindow;
  readonly loads: readonly LinkLoad[];
  readonly jobFlow: FlowClass;
  limit: LimitPlace | undefined;
  /** Host memory, bytes per second. */
  memoryWritten = 0;
  memoryRead = 0;
  /** Simulated picoseconds that pass in a second of real time; 0 while paused. */
  speed_psPerSecond = 0;
  /** How often these figures were brought up to date. */
  updates = 0;
  /** The job is over: figures are means over the run. */
  ended = false;
  readonly #view: MachineView;
  #last_ms: number | undefined;
  #last_ps = 0;

  constructor(machine: MachineDescription, view: MachineView, way: RunWay) {
    this.#view = view;
    this.rates = new RateWindow(view);
    this.loads = idleLoads(machine.links);
    this.jobFlow = way === 'p2p' ? 'p2p' : 'bounce';
  }

  /** Brings everything up to `now_ps` if it is time. @returns true if something may have changed. */
  tick(now_ms: number, now_ps: number, reduced: boolean): boolean {
    const elapsed_ms = this.#last_ms === undefined ? Infinity : now_ms - this.#last_ms;
    if (elapsed_ms < (reduced ? REDUCED_UPDATE_MS : UPDATE_MS)) return false;
    const passed_ps = now_ps - this.#last_ps;
    this.speed_psPerSecond = elapsed_ms === Infinity || passed_ps < 0 ? 0 : (passed_ps / elapsed_ms) * MS_PER_SECOND;
    this.#last_ms = now_ms;
    this.#last_ps = now_ps;
    this.updates += 1;
    const state = this.#view.machineCounters[MACHINE_COUNTER.jobState] ?? 0;
    this.ended = state === JOB_STATE.finished || state === JOB_STATE.failed;
    // Counters belong to the machine's own now, which in a race may be ahead of the common clock.
    const counted_ps = this.#view.machineCounters[MACHINE_COUNTER.now_ps] ?? 0;
    if (this.ended) this.rates.coverRun(counted_ps);
    else this.rates.advance(counted_ps, this.speed_psPerSecond);
    updateLoads(this.loads, this.rates);
    this.limit = limitingDirection(this.loads, this.limit);
    this.memoryWritten = this.#memoryRate(MEMORY_COUNTER.writtenBytes);
    this.memoryRead = this.#memoryRate(MEMORY_COUNTER.readBytes);
    return true;
  }
  #memoryRate(field: number): number {
    let rate = 0;
    for (let flow = 0; flow < FLOW_COUNT; flow += 1) {
      rate += this.rates.perSecond('memoryCounters', field * FLOW_COUNT + flow);
    }
    return rate;
  }
}

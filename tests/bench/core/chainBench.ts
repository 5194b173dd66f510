/*
 * The chain model of the reference kernels (requester → link → store-and-forward switch → link → serial completer) made
 * of the core's own parts, beside those kernels, timed in turn in one run.
 *
 * Differences from MODEL.md, none of which changes a delivery time: the requester's packets pass through its transmit
 * queue; payload bytes are really captured and stored; counters, trace hash and four-class bookkeeping are kept. The
 * completer's 40 ns are a memory of 6.4 GB/s, so `mix` sizes cannot be expressed and only `const` is run.
 */
import { privateStorage } from '../../../src/base/storage.ts';
import { bdf } from '../../../src/core/pcie/bdf.ts';
import { FUNCTION_COUNTER_COUNT, LINK_COUNTER_COUNT, MACHINE_COUNTER_COUNT } from '../../../src/core/pcie/counters.ts';
import { FLOW } from '../../../src/core/pcie/tlp.ts';
import { MemoryArena, SparseMemory } from '../../../src/core/sim/sparseMemory.ts';
import { INFINITE_CREDITS } from '../../../src/core/models/fabric/creditAccount.ts';
import { Endpoint } from '../../../src/core/models/fabric/endpoint.ts';
import { Fabric } from '../../../src/core/models/fabric/fabric.ts';
import type { LinkTiming } from '../../../src/core/models/fabric/linkTiming.ts';
import { BridgeRegisters, FunctionRegisters } from '../../../src/core/models/fabric/registers.ts';
import type { RequesterPort } from '../../../src/core/models/fabric/requesterPort.ts';
import { Switch } from '../../../src/core/models/fabric/switch.ts';
import type { DeviceHandler } from '../../../src/core/models/ports.ts';
import type { BenchRow } from '../benchRow.ts';
import { compiledKernel, PACKETS, scriptKernel } from './referenceKernels.ts';
import { compareRates, median, unprepared } from './timing.ts';

const PAYLOAD_BYTES = 256;
const MEMORY_BYTES = 2 ** 20;
const BASE = 2 ** 40;
const ROUNDS = 5;
/** What all programs print for one million packets of constant size. */
const REFERENCE = { packets: 1_000_000, last: 40_000_180_000, sum: 524_289_036_288 };

export interface ChainResult {
  /** Time of the last delivery, ps. */
  readonly last: number;
  /** Sum over packets of delivery time modulo 2^20. */
  readonly sum: number;
  readonly events: number;
  readonly hops: number;
}

/** Sends packets as long as there is room. */
class Requester implements DeviceHandler {
  port: RequesterPort | undefined;
  readonly #memory: SparseMemory;
  readonly #packets: number;
  #sent = 0;

  constructor(memory: SparseMemory, packets: number) {
    this.#memory = memory;
    this.#packets = packets;
  }

  onRoom(): void {
    const { port } = this;
    if (port === undefined) return;
    while (this.#sent < this.#packets && port.postedRoom() > 0) {
      const offset = (this.#sent++ * PAYLOAD_BYTES) % MEMORY_BYTES;
      port.write(BASE + offset, PAYLOAD_BYTES, this.#memory, offset, FLOW.p2p);
    }
  }

  onReadData(): void {}
  onReadDone(): void {}
  onRegisterWrite(): void {}
  onRegisterRead(): number {
    return 0;
  }
  onTimer(): void {}
  onReset(): void {}
}

function functionOn(bus: number): FunctionRegisters {
  return new FunctionRegisters({
    requesterId: bdf(bus, 0, 0),
    segment: 0,
    mpsBytes: PAYLOAD_BYTES,
    mrrsBytes: 512,
    mayRequest: true,
    memoryEnable: true,
  });
}

/** Runs the model once. */
export function runChain(packets: number): ChainResult {
  const fabric = new Fabric({
    payloadBytes: PAYLOAD_BYTES,
    hops: undefined,
    machineCounters: new Float64Array(MACHINE_COUNTER_COUNT),
    linkCounters: new Float64Array(4 * LINK_COUNTER_COUNT),
    functionCounters: new Float64Array(3 * FUNCTION_COUNTER_COUNT),
  });
  const arena = new MemoryArena(privateStorage);
  const source = new SparseMemory(arena, MEMORY_BYTES);
  const target = new SparseMemory(arena, MEMORY_BYTES);
  const near = new Endpoint(fabric, [{ functionIndex: 0, registers: functionOn(1) }]);
  const far = new Endpoint(fabric, [{ functionIndex: 1, registers: functionOn(3) }]);
  const node = new Switch(fabric, {
    functionCounters: fabric.functionCounters,
    latency_ps: 100_000,
    forwarding: 'storeAndForward',
    arbitration: 'roundRobin',
  });

  const timing: LinkTiming = {
    psPerByte: 125,
    framingBytes: 8,
    dllpBytes: 0,
    skip_ps: 0,
    skipInterval_ps: 0,
    flit_ps: 0,
    timerLimit_ps: 0,
    propagation_ps: 5_000,
    portLatency_ps: 0,
  };
  const end = { traced: true, timing, leadIn_ps: 0, decideAfter: 'last' } as const;
  const headers = (postedHeader: number) => ({ ...INFINITE_CREDITS, postedHeader });
  const back = { ...end, credits: INFINITE_CREDITS, receiverPort: 0, decideLatency_ps: 0 };
  const [toSwitch, fromSwitch] = fabric.addLink(
    0,
    { ...end, credits: headers(8), receiver: node, receiverPort: 0, decideLatency_ps: 100_000 },
    { ...back, receiver: near },
  );
  const [toMemory, fromMemory] = fabric.addLink(
    2,
    { ...end, credits: headers(4), receiver: far, receiverPort: 0, decideLatency_ps: 0 },
    { ...back, receiver: node, receiverPort: 1 },
  );
  near.connect(toSwitch);
  far.connect(fromMemory);
  const window = new BridgeRegisters();
  Object.assign(window, {
    memoryEnable: true,
    busMaster: true,
    prefetchableBase: BASE,
    prefetchableLimit: BASE + MEMORY_BYTES - 1,
  });
  node.addPort({ kind: 'up', functionIndex: 2, registers: new BridgeRegisters(), egress: fromSwitch, weight: 1 });
  node.addPort({
    kind: 'down',
    functionIndex: 2,
    registers: window,
    above: undefined,
    egress: toMemory,
    weight: 1,
    takesOver: false,
  });
  node.seal();

  let last = 0;
  let sum = 0;
  const requester = new Requester(source, packets);
  const memory = {
    readInto: source.readInto.bind(source),
    writeFrom: (offset: number, lengthBytes: number, bytes: Uint8Array, bytesOffset: number) => {
      target.writeFrom(offset, lengthBytes, bytes, bytesOffset);
      last = fabric.events.now_ps;
      sum += last % 1_048_576;
    },
  };
  const served = far.functions[0]?.registers ?? functionOn(3);
  served.barBase[0] = BASE;
  served.barSize[0] = MEMORY_BYTES;
  const bars = new Map([
    [0, { type: 'memory' as const, memory, memoryOffset: 0, readLatency_ps: 0, bytesPerSecond: 6.4e9 }],
  ]);
  fabric.attach(far, { functionIndex: 1, handler: requester, registers: served, tags: 1 }, bars);
  const registers = near.functions[0]?.registers ?? functionOn(1);
  requester.port = fabric.attach(near, { functionIndex: 0, handler: requester, registers, tags: 1 }, new Map());
  requester.onRoom();
  fabric.run(Infinity, Infinity);
  return { last, sum, events: fabric.eventCount, hops: fabric.journal.hops };
}

export async function run(): Promise<BenchRow[]> {
  const proof = runChain(REFERENCE.packets);
  const same = proof.last === REFERENCE.last && proof.sum === REFERENCE.sum;
  const note = same
    ? `same delivery times as the kernels; ${(proof.events / proof.hops).toFixed(2)} events a hop`
    : `NOT the same model: last ${proof.last}, sum ${proof.sum}`;
  const script = await scriptKernel();
  const ours = (): number => {
    runChain(PACKETS);
    return 2 * PACKETS;
  };
  const [value, baseline] = compareRates((script === undefined ? [ours] : [ours, script]).map(unprepared), ROUNDS);
  const compiled = compiledKernel();
  const compiledRates = compiled.rate === undefined ? [] : Array.from({ length: ROUNDS }, compiled.rate);
  compiled.clean();
  const row = { name: 'chain model, payload bytes moved', value: (value ?? 0) / 1e6, unit: 'million packet-hops/s' };
  return [
    {
      ...row,
      baselineName: 'kernel.mjs with bytes',
      baselineValue: baseline === undefined ? undefined : baseline / 1e6,
      promise: { what: 'atLeast', value: 2 },
      note: script === undefined ? `${note}; no reference kernels beside the project` : note,
    },
    {
      ...row,
      baselineName: 'kernel.cpp, no bytes',
      baselineValue: compiledRates.length === 0 ? undefined : median(compiledRates) / 1e6,
      note: compiled.reason === '' ? note : compiled.reason,
    },
  ];
}

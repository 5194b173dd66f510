/*
 * One row of the throughput reference on the event-driven core: a saturating stream between the two ports of one link,
 * with more tags, credits and buffers than it needs and no delays but the link's own (performance reference, section 8).
 *
 *   device ══ link ══ memory        tx = transmitter 0, rx = transmitter 1
 */
import { bdf } from '../../pcie/bdf.ts';
import {
  LINK_COUNTER,
  LINK_COUNTER_COUNT,
  FUNCTION_COUNTER_COUNT,
  MACHINE_COUNTER_COUNT,
} from '../../pcie/counters.ts';
import { ECRC_BYTES, FLOW } from '../../pcie/tlp.ts';
import type { LinkOperation, LinkSetting } from '../../pcie/throughput.ts';
import type { ThroughputRow } from '../../pcie/throughputRow.ts';
import { requestLength } from '../../pcie/splitting.ts';
import { doubleAt } from '../../sim/cells.ts';
import { MemoryArena, SparseMemory } from '../../sim/sparseMemory.ts';
import { privateStorage } from '../../../base/storage.ts';
import { Endpoint } from '../fabric/endpoint.ts';
import { Fabric } from '../fabric/fabric.ts';
import { linkTiming } from '../fabric/linkTiming.ts';
import { FunctionRegisters } from '../fabric/registers.ts';
import type { RequesterPort } from '../fabric/requesterPort.ts';
import type { BarBehaviour, DeviceHandler } from '../ports.ts';

const PS_PER_SECOND = 1e12;
/** Section 8 asks for at least 100 µs after warm-up; slow links get longer, for enough operations. */
const WINDOW_PS = 100_000_000;
const WARM_UP_PS = 20_000_000;
const WINDOW_OPERATIONS = 400;
const WARM_UP_OPERATIONS = 100;
const LINK_METRES = 0.3;
/** The memory repeats after so many bytes. */
const MEMORY_BYTES = 1024 * 1024;
const PAGE_BYTES = 4096;
const LOW_ADDRESS = 0x8000_0000;
const HIGH_ADDRESS = 2 ** 40;
/** Reads in flight: many times what any link needs, and few enough that none waits for milliseconds. */
const ENOUGH_TAGS = 256;
const ENOUGH_CREDITS = 1_000_000;

/** What a run measured. */
export interface ThroughputMeasurement {
  readonly operations: number;
  readonly txTlps: number;
  readonly rxTlps: number;
  readonly txWireBytes: number;
  readonly rxWireBytes: number;
  /** Payload bytes a second in the window, in each direction that carries payload. */
  readonly bytesPerSecond: number;
  readonly window_ps: number;
  readonly events: number;
}

export interface ThroughputVerdict {
  readonly id: string;
  readonly expected: {
    readonly txTlps: number;
    readonly rxTlps: number;
    readonly txWireBytes: number;
    readonly rxWireBytes: number;
    readonly leastBytesPerSecond: number;
    readonly mostBytesPerSecond: number;
  };
  /** Counts are for one operation. */
  readonly got: {
    readonly txTlps: number;
    readonly rxTlps: number;
    readonly txWireBytes: number;
    readonly rxWireBytes: number;
    readonly bytesPerSecond: number;
  };
  readonly ok: boolean;
}

/** Counts the bytes of a stream and remembers when its operations ended. */
class Progress {
  /** Time at which operation number `mark` was complete. */
  start_ps = 0;
  end_ps = 0;
  private _bytes = 0;
  private readonly _startBytes: number;
  private readonly _endBytes: number;
  private readonly _fabric: Fabric;

  constructor(fabric: Fabric, startBytes: number, endBytes: number) {
    this._fabric = fabric;
    this._startBytes = startBytes;
    this._endBytes = endBytes;
  }

  add(lengthBytes: number): void {
    const before = this._bytes;
    this._bytes += lengthBytes;
    if (before < this._startBytes && this._bytes >= this._startBytes) this.start_ps = this._fabric.events.now_ps;
    if (before < this._endBytes && this._bytes >= this._endBytes) this.end_ps = this._fabric.events.now_ps;
  }
}

/** Issues operations back to back, as many as it has room for. */
class StreamDevice implements DeviceHandler {
  port: RequesterPort | undefined;
  private readonly _memory: SparseMemory;
  private readonly _base: number;
  private readonly _operation: LinkOperation;
  private readonly _sizeBytes: number;
  private readonly _reads: Progress;
  private _left: number;
  private _address = 0;
  /** Bytes of the current operation already asked for. */
  private _written = 0;
  private _read = 0;

  constructor(stream: {
    readonly memory: SparseMemory;
    readonly base: number;
    readonly operation: LinkOperation;
    readonly sizeBytes: number;
    readonly operations: number;
    readonly reads: Progress;
  }) {
    this._memory = stream.memory;
    this._base = stream.base;
    this._operation = stream.operation;
    this._sizeBytes = stream.sizeBytes;
    this._left = stream.operations;
    this._reads = stream.reads;
  }

  onRoom(): void {
    const { port } = this;
    if (port === undefined) return;
    while (this._left > 0) {
      if (this._operation !== 'read' && !this.#writeAll(port)) return;
      if (this._operation !== 'write' && !this.#readAll(port)) return;
      this._left--;
      this._written = 0;
      this._read = 0;
      this._address = (this._address + Math.ceil(this._sizeBytes / PAGE_BYTES) * PAGE_BYTES) % MEMORY_BYTES;
    }
  }

  #writeAll(port: RequesterPort): boolean {
    while (this._written < this._sizeBytes) {
      if (port.postedRoom() === 0) return false;
      const offset = this._address + this._written;
      const length = requestLength(offset, this._sizeBytes - this._written, port.mpsBytes);
      port.write(this._base + offset, length, this._memory, offset, FLOW.p2p);
      this._written += length;
    }
    return true;
  }

  #readAll(port: RequesterPort): boolean {
    while (this._read < this._sizeBytes) {
      if (port.readRoom() === 0) return false;
      const offset = this._address + this._read;
      const length = requestLength(offset, this._sizeBytes - this._read, port.mrrsBytes);
      port.read(this._base + offset, length, 0, FLOW.p2p);
      this._read += length;
    }
    return true;
  }

  onReadData(_context: number, _offset: number, lengthBytes: number): void {
    this._reads.add(lengthBytes);
  }

  onReadDone(): void {}
  onRegisterWrite(): void {}
  onRegisterRead(): number {
    return 0;
  }
  onTimer(): void {}
  onReset(): void {}
}

/**
 * Runs a saturating stream and measures it.
 * @param nominalBytesPerSecond expected rate: decides how long the run has to be, nothing else.
 */
export function measureThroughput(
  setting: LinkSetting,
  operation: LinkOperation,
  sizeBytes: number,
  nominalBytesPerSecond: number,
): ThroughputMeasurement {
  const operationsIn = (time_ps: number): number =>
    Math.ceil((nominalBytesPerSecond * time_ps) / PS_PER_SECOND / sizeBytes);
  const warmUp = Math.max(WARM_UP_OPERATIONS, operationsIn(WARM_UP_PS));
  const window = Math.max(WINDOW_OPERATIONS, Math.ceil(1.05 * operationsIn(WINDOW_PS)));
  const operations = warmUp + window + WARM_UP_OPERATIONS;

  const linkCounters = new Float64Array(2 * LINK_COUNTER_COUNT);
  const fabric = new Fabric({
    payloadBytes: Math.max(setting.mpsBytes, 128),
    hops: undefined,
    machineCounters: new Float64Array(MACHINE_COUNTER_COUNT),
    linkCounters,
    functionCounters: new Float64Array(2 * FUNCTION_COUNTER_COUNT),
  });
  const marks = [warmUp * sizeBytes, (warmUp + window) * sizeBytes] as const;
  const writes = new Progress(fabric, ...marks);
  const reads = new Progress(fabric, ...marks);
  const memory = new SparseMemory(new MemoryArena(privateStorage), MEMORY_BYTES);
  const base = setting.addressBits === 64 ? HIGH_ADDRESS : LOW_ADDRESS;
  const device = new StreamDevice({ memory, base, operation, sizeBytes, operations, reads });
  const port = connect(fabric, setting, device, countingMemory(memory, writes), base);
  device.port = port;
  device.onRoom();
  fabric.run(Infinity, Infinity);

  const times = [...(operation === 'read' ? [] : [writes]), ...(operation === 'write' ? [] : [reads])];
  const window_ps = Math.max(...times.map((progress) => progress.end_ps - progress.start_ps));
  const counter = (direction: number, field: number): number =>
    doubleAt(linkCounters, direction * LINK_COUNTER_COUNT + field);
  return {
    operations,
    txTlps: counter(0, LINK_COUNTER.tlps),
    rxTlps: counter(1, LINK_COUNTER.tlps),
    txWireBytes: counter(0, LINK_COUNTER.tlpBytes),
    rxWireBytes: counter(1, LINK_COUNTER.tlpBytes),
    bytesPerSecond: (window * sizeBytes * PS_PER_SECOND) / window_ps,
    window_ps,
    events: fabric.eventCount,
  };
}

function countingMemory(memory: SparseMemory, writes: Progress): BarBehaviour {
  return {
    type: 'memory',
    memoryOffset: 0,
    readLatency_ps: 0,
    memory: {
      readInto: (offset, lengthBytes, target, targetOffset) =>
        memory.readInto(offset, lengthBytes, target, targetOffset),
      writeFrom: (offset, lengthBytes, source, sourceOffset) => {
        memory.writeFrom(offset, lengthBytes, source, sourceOffset);
        writes.add(lengthBytes);
      },
    },
  };
}

/** The device, the link and the memory at its other end. */
function connect(
  fabric: Fabric,
  setting: LinkSetting,
  device: StreamDevice,
  bar: BarBehaviour,
  base: number,
): RequesterPort {
  const timing = { ...linkTiming(setting.gen, setting.lanes, setting.mpsBytes, LINK_METRES), portLatency_ps: 0 };
  const functionAt = (bus: number): FunctionRegisters => {
    const made = new FunctionRegisters({
      requesterId: bdf(bus, 0, 0),
      segment: 0,
      mpsBytes: setting.mpsBytes,
      mrrsBytes: setting.mrrsBytes,
      mayRequest: true,
      memoryEnable: true,
    });
    made.digestBytes = setting.ecrc ? ECRC_BYTES : 0;
    return made;
  };
  const near = new Endpoint(fabric, [{ functionIndex: 0, registers: functionAt(1) }]);
  const far = new Endpoint(fabric, [{ functionIndex: 1, registers: functionAt(2) }], {
    rcbBytes: setting.rcbBytes,
    chunk: setting.completionChunk,
  });
  const credits = {
    postedHeader: ENOUGH_CREDITS,
    postedData: ENOUGH_CREDITS,
    nonPostedHeader: ENOUGH_CREDITS,
    nonPostedData: ENOUGH_CREDITS,
    completionHeader: Infinity,
    completionData: Infinity,
  };
  const end = {
    traced: true,
    timing,
    credits,
    leadIn_ps: 0,
    receiverPort: 0,
    decideAfter: 'last',
    decideLatency_ps: 0,
  } as const;
  const [tx, rx] = fabric.addLink(0, { ...end, receiver: far }, { ...end, receiver: near });
  near.connect(tx);
  far.connect(rx);

  const target = far.functions[0];
  if (target !== undefined) {
    target.registers.barBase[0] = base;
    target.registers.barSize[0] = MEMORY_BYTES;
    fabric.attach(
      far,
      { functionIndex: 1, handler: device, registers: target.registers, tags: 1 },
      new Map([[0, bar]]),
    );
  }
  const source = near.functions[0];
  const registers = source?.registers ?? functionAt(1);
  return fabric.attach(near, { functionIndex: 0, handler: device, registers, tags: ENOUGH_TAGS }, new Map());
}

/**
 * Compares one row with the core: counts exactly; throughput within −1 %…+3 % of nominal (flit mode −1 %…+0.1 %), not
 * below 0.99 of the dense-DLLP bound and not above 1.001 of the ceiling.
 * @spec performance reference, section 8, rules 1 to 3
 */
export function checkThroughputRow(row: ThroughputRow): ThroughputVerdict {
  const { setting, operation, sizeBytes } = row;
  const {
    nominalBytesPerSecond: nominal,
    ceilingBytesPerSecond: ceiling,
    denseDllpBytesPerSecond: dense,
    ...rest
  } = row.expected;
  const measured = measureThroughput(setting, operation, sizeBytes, nominal);
  const expected = {
    txTlps: rest.txTlps,
    rxTlps: rest.rxTlps,
    txWireBytes: rest.txWireBytes,
    rxWireBytes: rest.rxWireBytes,
    leastBytesPerSecond: Math.max(0.99 * nominal, 0.99 * (dense ?? 0)),
    mostBytesPerSecond: Math.min((setting.gen === 6 ? 1.001 : 1.03) * nominal, 1.001 * ceiling),
  };
  const got = {
    txTlps: measured.txTlps / measured.operations,
    rxTlps: measured.rxTlps / measured.operations,
    txWireBytes: measured.txWireBytes / measured.operations,
    rxWireBytes: measured.rxWireBytes / measured.operations,
    bytesPerSecond: measured.bytesPerSecond,
  };
  const ok =
    got.txTlps === expected.txTlps &&
    got.rxTlps === expected.rxTlps &&
    got.txWireBytes === expected.txWireBytes &&
    got.rxWireBytes === expected.rxWireBytes &&
    got.bytesPerSecond >= expected.leastBytesPerSecond &&
    got.bytesPerSecond <= expected.mostBytesPerSecond;
  return { id: row.id, expected, got, ok };
}

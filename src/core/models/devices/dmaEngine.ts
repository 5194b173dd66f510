/*
 * The DMA engine of this model's devices: fetches descriptors from a ring in host memory, has the bytes moved
 * (dataMover.ts), writes its head back and interrupts. Registers: core/config/devices/engineRegisters.ts.
 *
 *   doorbell → fetch (MRd) → descriptors → ask (MRd) ─┬→ inner sink                    → retire → head (MWr)
 *                                        └ send (MWr) └→ buffer → send (MWr), in order            → message (MWr)
 */
import { alignDown, fromDwords, highDword, lowDword } from '../../../base/bits.ts';
import { at, invariant } from '../../../base/invariant.ts';
import { PS_PER_NS } from '../../../base/units.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import {
  DESCRIPTOR_BYTES,
  ENGINE_CONTROL,
  ENGINE_FAULT_HIGH,
  ENGINE_FAULT_LOW,
  ENGINE_HEAD,
  ENGINE_OPERATION,
  ENGINE_RING_BASE_HIGH,
  ENGINE_RING_BASE_LOW,
  ENGINE_RING_ENTRIES,
  ENGINE_STATUS,
  ENGINE_TAIL,
  ENGINE_WRITE_BACK_HIGH,
  ENGINE_WRITE_BACK_LOW,
  WRITE_BACK_BYTES,
  WRITE_BACK_STATUS,
} from '../../config/devices/engineRegisters.ts';
import { COMPLETION_STATUS, FLOW, type CompletionStatus, flowNumberOf } from '../../pcie/tlp.ts';
import type { ByteSource, FunctionPort } from '../ports.ts';
import { DataMover, type MoverParts } from './dataMover.ts';
import { DESCRIPTOR_SLOTS, DescriptorQueue, FLUSH } from './descriptorQueue.ts';
import { WAIT, type Wait, WaitClock } from './waitClock.ts';

/** From a doorbell to the first request (performance reference, section 6: t_issue). */
const ISSUE_PS = 55 * PS_PER_NS;
/** From a descriptor's last bit to the first request it causes: t_deliver, and what a bulk engine adds (section 6). */
const DESCRIPTOR_PS = (50 + 120) * PS_PER_NS;
/** Descriptors asked for at once. */
const FETCH_BATCH = 16;
const MAXIMUM_RING_ENTRIES = 65536;

/** The engine's timer, among those of its device. */
export const ENGINE_TIMER = 1;

// Contexts of reads: epoch · 2^16 + code; the epoch tells answers from before a reset.
const CODE_FLUSH = 0x8000;
const CODE_FETCH = 0xffff;
const EPOCHS = 0x4000;
invariant(CODE_FLUSH + DESCRIPTOR_SLOTS < CODE_FETCH, () => 'a flush code must not look like a fetch');

export interface EngineParts extends MoverParts {
  readonly registers: ConfigSpace;
  /** @returns false if there was no room to send the message. */
  readonly raiseInterrupt: () => boolean;
}

export class DmaEngine {
  readonly waits = new WaitClock();
  private readonly _port: FunctionPort;
  private readonly _registers: ConfigSpace;
  private readonly _raiseInterrupt: () => boolean;
  private readonly _queue = new DescriptorQueue();
  private readonly _mover: DataMover;
  private readonly _fetchBytes = new Uint8Array(FETCH_BATCH * DESCRIPTOR_BYTES);
  private readonly _fetchView = new DataView(this._fetchBytes.buffer);
  private readonly _writeBack = new DataView(new ArrayBuffer(WRITE_BACK_BYTES));
  private readonly _writeBackSource: ByteSource;

  private _epoch = 0;
  private _enabled = false;
  private _halted = false;
  /** Descriptors being fetched. */
  private _fetching = 0;
  private _reportWanted = false;
  private _interruptWanted = false;
  private _status: number = WRITE_BACK_STATUS.ok;
  private _notBefore_ps = 0;
  /** Earliest pending wake-up; −1 = none. */
  private _wake_ps = -1;
  private _pumping = false;
  private _again = false;

  constructor(parts: EngineParts) {
    this._port = parts.port;
    this._registers = parts.registers;
    this._raiseInterrupt = parts.raiseInterrupt;
    this._mover = new DataMover(parts, this._queue, {
      wakeIn: (delay_ps) => this.#wakeIn(delay_ps),
      context: (code) => this.#context(code),
    });
    const view = this._writeBack;
    this._writeBackSource = {
      readInto(offset, lengthBytes, target, targetOffset) {
        for (let i = 0; i < lengthBytes; i++) target[targetOffset + i] = view.getUint8(offset + i);
      },
    };
  }

  /** Nothing begun, nothing waiting, no buffer in use. */
  get isIdle(): boolean {
    const quiet = this._fetching === 0 && !this._reportWanted && !this._interruptWanted;
    return quiet && this._queue.retired === this._queue.tail && this._mover.isIdle;
  }

  /** Software wrote the Control register. @param written before masks. */
  onControl(written: number): void {
    if (written >= 2 ** 31) this.reset();
    const enabled = this._registers.field(ENGINE_CONTROL, 0, 'enable') === 1;
    if (enabled && !this._enabled) this.#configure();
    this._enabled = enabled;
    this._registers.pokeFields(ENGINE_STATUS, 0, { running: enabled ? 1 : 0 });
  }

  /** Software wrote the Tail register. */
  onDoorbell(): void {
    if (!this._enabled) return;
    const wasIdle = this._queue.requested === this._queue.tail;
    if (!this._queue.ring(this._registers.readRegister(ENGINE_TAIL, 0))) return;
    if (wasIdle) this._notBefore_ps = this._port.now() + ISSUE_PS;
    this.pump();
  }

  onReadData(context: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    if (Math.floor(context / 65536) !== this._epoch) return;
    const code = context % 65536;
    if (code === CODE_FETCH) {
      for (let i = 0; i < lengthBytes; i++) this._fetchBytes[requestOffset + i] = at(payload, offset + i);
    } else if (code < CODE_FLUSH) {
      if (this._mover.onReadData(code, requestOffset, lengthBytes, payload, offset)) this.pump();
    }
  }

  onReadDone(context: number, status: CompletionStatus): void {
    if (Math.floor(context / 65536) !== this._epoch) return;
    const code = context % 65536;
    if (code === CODE_FETCH) this.#onFetched(status);
    else if (code >= CODE_FLUSH) this.#onFlushed(code - CODE_FLUSH, status);
    else {
      const address = this._mover.onReadDone(code);
      if (status !== COMPLETION_STATUS.SC) this.#halt(WRITE_BACK_STATUS.readFailed, address, status);
    }
    this.pump();
  }

  /** The engine's timer fired. */
  onTimer(): void {
    if (this._wake_ps <= this._port.now()) this._wake_ps = -1;
    this.pump();
  }

  /** Back to power-on state; answers to reads that are still out will be ignored. */
  reset(): void {
    this._epoch = (this._epoch + 1) % EPOCHS;
    this._queue.configure(0, 2);
    this._mover.reset();
    this._enabled = false;
    this._halted = false;
    this._fetching = 0;
    this._reportWanted = false;
    this._interruptWanted = false;
    this._status = WRITE_BACK_STATUS.ok;
    this._registers.reset('hot');
    this._registers.poke(ENGINE_HEAD.offsetBytes, 4, 0);
    this._registers.pokeFields(ENGINE_STATUS, 0, { running: 0, halted: 0, completionStatus: 0 });
  }

  /** Does whatever can be done now. Called whenever something may have become possible. */
  pump(): void {
    if (this._pumping) {
      this._again = true;
      return;
    }
    this._pumping = true;
    do {
      this._again = false;
      this._mover.settleReads();
      this.#retire();
      if (this._enabled && !this._halted) this.#proceed();
    } while (this._again);
    this._pumping = false;
    this.#noteWait();
  }

  /** Says what the engine waits for now, and on whose behalf. */
  #noteWait(): void {
    const queue = this._queue;
    const now_ps = this._port.now();
    if (queue.retired === queue.tail || this._halted) return this.waits.set(now_ps, 0, WAIT.idle);
    if (queue.issued < queue.fetched) {
      const slot = queue.slot(queue.issued);
      return this.waits.set(now_ps, flowNumberOf(queue.flow(slot)), this.#waitOf(slot, now_ps));
    }
    if (queue.retired < queue.issued) {
      const slot = queue.slot(queue.retired);
      // All there, but still on its way onto the wire or the media.
      const drains = at(queue.drained_ps, slot) > now_ps && at(queue.moved, slot) >= at(queue.lengthBytes, slot);
      const rest = drains ? WAIT.local : WAIT.answers;
      const flow = flowNumberOf(queue.flow(slot));
      return this.waits.set(now_ps, flow, this._mover.isSendingBlocked ? WAIT.room : rest);
    }
    if (queue.issued === 0) return this.waits.set(now_ps, 0, WAIT.idle);
    // Descriptors are being fetched; whose they are is not known yet, so whoever was last waits for them.
    return this.waits.set(now_ps, flowNumberOf(queue.flow(queue.slot(queue.issued - 1))), WAIT.setup);
  }

  #waitOf(slot: number, now_ps: number): Wait {
    if (at(this._queue.ready_ps, slot) > now_ps || this._notBefore_ps > now_ps) return WAIT.setup;
    return this._mover.isSendingBlocked ? WAIT.room : this._mover.blockedBy;
  }

  #proceed(): void {
    const wait_ps = this._notBefore_ps - this._port.now();
    if (wait_ps > 0) {
      this.#wakeIn(wait_ps);
      return;
    }
    this.#issue();
    this.#retire();
    this.#fetch();
  }

  #configure(): void {
    const high = this._registers.readRegister(ENGINE_RING_BASE_HIGH, 0);
    const base = fromDwords(high, this._registers.readRegister(ENGINE_RING_BASE_LOW, 0));
    const asked = this._registers.readRegister(ENGINE_RING_ENTRIES, 0);
    // Hardware uses the next lower power of two of whatever software wrote.
    const entries = 2 ** Math.floor(Math.log2(Math.min(Math.max(asked, 2), MAXIMUM_RING_ENTRIES)));
    this._queue.configure(alignDown(base, DESCRIPTOR_BYTES), entries);
  }

  #fetch(): void {
    if (this._fetching > 0) return;
    const limit = Math.min(FETCH_BATCH, Math.floor(this._port.mrrsBytes / DESCRIPTOR_BYTES));
    const count = this._queue.fetchable(limit);
    if (count <= 0 || this._port.readRoom() === 0) return;
    this._fetching = count;
    const address = this._queue.fetchAddress();
    this._queue.requested += count;
    this._port.read(address, count * DESCRIPTOR_BYTES, this.#context(CODE_FETCH), FLOW.control);
  }

  #onFetched(status: CompletionStatus): void {
    const count = this._fetching;
    const queue = this._queue;
    this._fetching = 0;
    if (status !== COMPLETION_STATUS.SC) {
      queue.requested -= count;
      this.#halt(WRITE_BACK_STATUS.readFailed, queue.fetchAddress(), status);
      return;
    }
    const ready_ps = this._port.now() + DESCRIPTOR_PS;
    for (let i = 0; i < count; i++) {
      const slot = queue.slot(queue.fetched);
      queue.accept(this._fetchView, i * DESCRIPTOR_BYTES, ready_ps);
      if (queue.operation[slot] === ENGINE_OPERATION.localToBus)
        queue.ready_ps[slot] = ready_ps + this._mover.access_ps;
    }
  }

  /** Sends and asks for as much as there is room for, in the order of the ring. */
  #issue(): void {
    const queue = this._queue;
    while (queue.issued < queue.fetched && !this._halted) {
      const slot = queue.slot(queue.issued);
      const operation = at(queue.operation, slot);
      const wait_ps = at(queue.ready_ps, slot) - this._port.now();
      if (wait_ps > 0) {
        this.#wakeIn(wait_ps);
        return;
      }
      if (queue.started[slot] === 0) {
        if (!this._mover.can(operation)) {
          this.#halt(WRITE_BACK_STATUS.badDescriptor, at(queue.busAddress, slot), 0);
          return;
        }
        queue.started[slot] = 1;
        if (queue.issued === queue.retired) this._mover.begin();
      }
      if (operation === ENGINE_OPERATION.localToBus ? !this._mover.send(slot) : !this._mover.ask(slot)) return;
      queue.issued += 1;
    }
  }

  /** Ends the oldest descriptors that are complete and tells software. */
  #retire(): void {
    const queue = this._queue;
    while (this.#tell() && queue.retired < queue.issued && !this._halted) {
      const slot = queue.slot(queue.retired);
      if (at(queue.moved, slot) < at(queue.lengthBytes, slot) || !this.#isFlushed(slot)) return;
      const wait_ps = at(queue.drained_ps, slot) - this._port.now();
      if (wait_ps > 0) {
        this.#wakeIn(wait_ps);
        return;
      }
      this._reportWanted = queue.wantsReport(slot);
      this._interruptWanted = queue.wantsInterrupt(slot);
      queue.retired += 1;
      this._registers.poke(ENGINE_HEAD.offsetBytes, 4, lowDword(queue.retired));
    }
  }

  /** Asks for the flush read of a descriptor that wants one and has sent everything. @returns true once it is over. */
  #isFlushed(slot: number): boolean {
    const queue = this._queue;
    const state = queue.flush[slot];
    if (state !== FLUSH.wanted) return state !== FLUSH.asked;
    const length = at(queue.lengthBytes, slot);
    const target = queue.operation[slot] === ENGINE_OPERATION.busToBus ? queue.other : queue.busAddress;
    if (length === 0 || queue.operation[slot] === ENGINE_OPERATION.busToLocal) return true;
    if (this._port.readRoom() === 0) return false;
    queue.flush[slot] = FLUSH.asked;
    const last = alignDown(at(target, slot) + length - 1, 4);
    this._port.read(last, 4, this.#context(CODE_FLUSH + slot), FLOW.control);
    return false;
  }

  #onFlushed(slot: number, status: CompletionStatus): void {
    const failed = status !== COMPLETION_STATUS.SC;
    this._queue.flush[slot] = failed ? FLUSH.failed : FLUSH.done;
    if (failed && this._status === WRITE_BACK_STATUS.ok) this._status = WRITE_BACK_STATUS.flushFailed + status * 256;
  }

  /** Writes the head back and interrupts, if wanted. @returns false if it has to wait for room. */
  #tell(): boolean {
    if (this._reportWanted) {
      if (this._port.postedRoom() === 0) return false;
      this._writeBack.setUint32(0, lowDword(this._queue.retired), true);
      this._writeBack.setUint32(4, this._status, true);
      const high = this._registers.readRegister(ENGINE_WRITE_BACK_HIGH, 0);
      const address = fromDwords(high, this._registers.readRegister(ENGINE_WRITE_BACK_LOW, 0));
      this._reportWanted = false;
      this._port.write(address, WRITE_BACK_BYTES, this._writeBackSource, 0, FLOW.control);
    }
    if (this._interruptWanted) {
      const enabled = this._registers.field(ENGINE_CONTROL, 0, 'interruptEnable') === 1;
      if (enabled && !this._raiseInterrupt()) return false;
      this._interruptWanted = false;
    }
    return true;
  }

  /** Something failed: nothing more is begun; software is told. */
  #halt(code: number, address: number, status: number): void {
    if (this._halted) return;
    this._halted = true;
    this._status = code + status * 256;
    this._registers.pokeFields(ENGINE_STATUS, 0, { halted: 1, completionStatus: status });
    this._registers.poke(ENGINE_FAULT_LOW.offsetBytes, 4, lowDword(address));
    this._registers.poke(ENGINE_FAULT_HIGH.offsetBytes, 4, highDword(address));
    this._reportWanted = true;
    this._interruptWanted = true;
    this._again = true;
  }

  #wakeIn(delay_ps: number): void {
    const at_ps = this._port.now() + delay_ps;
    if (this._wake_ps >= 0 && this._wake_ps <= at_ps) return;
    this._wake_ps = at_ps;
    this._port.setTimer(delay_ps, ENGINE_TIMER);
  }

  #context(code: number): number {
    return this._epoch * 65536 + code;
  }
}

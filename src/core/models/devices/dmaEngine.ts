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
  readonly #port: FunctionPort;
  readonly #registers: ConfigSpace;
  readonly #raiseInterrupt: () => boolean;
  readonly #queue = new DescriptorQueue();
  readonly #mover: DataMover;
  readonly #fetchBytes = new Uint8Array(FETCH_BATCH * DESCRIPTOR_BYTES);
  readonly #fetchView = new DataView(this.#fetchBytes.buffer);
  readonly #writeBack = new DataView(new ArrayBuffer(WRITE_BACK_BYTES));
  readonly #writeBackSource: ByteSource;

  #epoch = 0;
  #enabled = false;
  #halted = false;
  /** Descriptors being fetched. */
  #fetching = 0;
  #reportWanted = false;
  #interruptWanted = false;
  #status: number = WRITE_BACK_STATUS.ok;
  #notBefore_ps = 0;
  /** Earliest pending wake-up; −1 = none. */
  #wake_ps = -1;
  #pumping = false;
  #again = false;

  constructor(parts: EngineParts) {
    this.#port = parts.port;
    this.#registers = parts.registers;
    this.#raiseInterrupt = parts.raiseInterrupt;
    this.#mover = new DataMover(parts, this.#queue, {
      wakeIn: (delay_ps) => this.#wakeIn(delay_ps),
      context: (code) => this.#context(code),
    });
    const view = this.#writeBack;
    this.#writeBackSource = {
      readInto(offset, lengthBytes, target, targetOffset) {
        for (let i = 0; i < lengthBytes; i++) target[targetOffset + i] = view.getUint8(offset + i);
      },
    };
  }

  /** Nothing begun, nothing waiting, no buffer in use. */
  get isIdle(): boolean {
    const quiet = this.#fetching === 0 && !this.#reportWanted && !this.#interruptWanted;
    return quiet && this.#queue.retired === this.#queue.tail && this.#mover.isIdle;
  }

  /** Software wrote the Control register. @param written before masks. */
  onControl(written: number): void {
    if (written >= 2 ** 31) this.reset();
    const enabled = this.#registers.field(ENGINE_CONTROL, 0, 'enable') === 1;
    if (enabled && !this.#enabled) this.#configure();
    this.#enabled = enabled;
    this.#registers.pokeFields(ENGINE_STATUS, 0, { running: enabled ? 1 : 0 });
  }

  /** Software wrote the Tail register. */
  onDoorbell(): void {
    if (!this.#enabled) return;
    const wasIdle = this.#queue.requested === this.#queue.tail;
    if (!this.#queue.ring(this.#registers.readRegister(ENGINE_TAIL, 0))) return;
    if (wasIdle) this.#notBefore_ps = this.#port.now() + ISSUE_PS;
    this.pump();
  }

  onReadData(context: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    if (Math.floor(context / 65536) !== this.#epoch) return;
    const code = context % 65536;
    if (code === CODE_FETCH) {
      for (let i = 0; i < lengthBytes; i++) this.#fetchBytes[requestOffset + i] = at(payload, offset + i);
    } else if (code < CODE_FLUSH) {
      if (this.#mover.onReadData(code, requestOffset, lengthBytes, payload, offset)) this.pump();
    }
  }

  onReadDone(context: number, status: CompletionStatus): void {
    if (Math.floor(context / 65536) !== this.#epoch) return;
    const code = context % 65536;
    if (code === CODE_FETCH) this.#onFetched(status);
    else if (code >= CODE_FLUSH) this.#onFlushed(code - CODE_FLUSH, status);
    else {
      const address = this.#mover.onReadDone(code);
      if (status !== COMPLETION_STATUS.SC) this.#halt(WRITE_BACK_STATUS.readFailed, address, status);
    }
    this.pump();
  }

  /** The engine's timer fired. */
  onTimer(): void {
    if (this.#wake_ps <= this.#port.now()) this.#wake_ps = -1;
    this.pump();
  }

  /** Back to power-on state; answers to reads that are still out will be ignored. */
  reset(): void {
    this.#epoch = (this.#epoch + 1) % EPOCHS;
    this.#queue.configure(0, 2);
    this.#mover.reset();
    this.#enabled = false;
    this.#halted = false;
    this.#fetching = 0;
    this.#reportWanted = false;
    this.#interruptWanted = false;
    this.#status = WRITE_BACK_STATUS.ok;
    this.#registers.reset('hot');
    this.#registers.poke(ENGINE_HEAD.offsetBytes, 4, 0);
    this.#registers.pokeFields(ENGINE_STATUS, 0, { running: 0, halted: 0, completionStatus: 0 });
  }

  /** Does whatever can be done now. Called whenever something may have become possible. */
  pump(): void {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    do {
      this.#again = false;
      this.#mover.settleReads();
      this.#retire();
      if (this.#enabled && !this.#halted) this.#proceed();
    } while (this.#again);
    this.#pumping = false;
    this.#noteWait();
  }

  /** Says what the engine waits for now, and on whose behalf. */
  #noteWait(): void {
    const queue = this.#queue;
    const now_ps = this.#port.now();
    if (queue.retired === queue.tail || this.#halted) return this.waits.set(now_ps, 0, WAIT.idle);
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
      return this.waits.set(now_ps, flow, this.#mover.isSendingBlocked ? WAIT.room : rest);
    }
    if (queue.issued === 0) return this.waits.set(now_ps, 0, WAIT.idle);
    // Descriptors are being fetched; whose they are is not known yet, so whoever was last waits for them.
    return this.waits.set(now_ps, flowNumberOf(queue.flow(queue.slot(queue.issued - 1))), WAIT.setup);
  }

  #waitOf(slot: number, now_ps: number): Wait {
    if (at(this.#queue.ready_ps, slot) > now_ps || this.#notBefore_ps > now_ps) return WAIT.setup;
    return this.#mover.isSendingBlocked ? WAIT.room : this.#mover.blockedBy;
  }

  #proceed(): void {
    const wait_ps = this.#notBefore_ps - this.#port.now();
    if (wait_ps > 0) {
      this.#wakeIn(wait_ps);
      return;
    }
    this.#issue();
    this.#retire();
    this.#fetch();
  }

  #configure(): void {
    const high = this.#registers.readRegister(ENGINE_RING_BASE_HIGH, 0);
    const base = fromDwords(high, this.#registers.readRegister(ENGINE_RING_BASE_LOW, 0));
    const asked = this.#registers.readRegister(ENGINE_RING_ENTRIES, 0);
    // Hardware uses the next lower power of two of whatever software wrote.
    const entries = 2 ** Math.floor(Math.log2(Math.min(Math.max(asked, 2), MAXIMUM_RING_ENTRIES)));
    this.#queue.configure(alignDown(base, DESCRIPTOR_BYTES), entries);
  }

  #fetch(): void {
    if (this.#fetching > 0) return;
    const limit = Math.min(FETCH_BATCH, Math.floor(this.#port.mrrsBytes / DESCRIPTOR_BYTES));
    const count = this.#queue.fetchable(limit);
    if (count <= 0 || this.#port.readRoom() === 0) return;
    this.#fetching = count;
    const address = this.#queue.fetchAddress();
    this.#queue.requested += count;
    this.#port.read(address, count * DESCRIPTOR_BYTES, this.#context(CODE_FETCH), FLOW.control);
  }

  #onFetched(status: CompletionStatus): void {
    const count = this.#fetching;
    const queue = this.#queue;
    this.#fetching = 0;
    if (status !== COMPLETION_STATUS.SC) {
      queue.requested -= count;
      this.#halt(WRITE_BACK_STATUS.readFailed, queue.fetchAddress(), status);
      return;
    }
    const ready_ps = this.#port.now() + DESCRIPTOR_PS;
    for (let i = 0; i < count; i++) {
      const slot = queue.slot(queue.fetched);
      queue.accept(this.#fetchView, i * DESCRIPTOR_BYTES, ready_ps);
      if (queue.operation[slot] === ENGINE_OPERATION.localToBus)
        queue.ready_ps[slot] = ready_ps + this.#mover.access_ps;
    }
  }

  /** Sends and asks for as much as there is room for, in the order of the ring. */
  #issue(): void {
    const queue = this.#queue;
    while (queue.issued < queue.fetched && !this.#halted) {
      const slot = queue.slot(queue.issued);
      const operation = at(queue.operation, slot);
      const wait_ps = at(queue.ready_ps, slot) - this.#port.now();
      if (wait_ps > 0) {
        this.#wakeIn(wait_ps);
        return;
      }
      if (queue.started[slot] === 0) {
        if (!this.#mover.can(operation)) {
          this.#halt(WRITE_BACK_STATUS.badDescriptor, at(queue.busAddress, slot), 0);
          return;
        }
        queue.started[slot] = 1;
        if (queue.issued === queue.retired) this.#mover.begin();
      }
      if (operation === ENGINE_OPERATION.localToBus ? !this.#mover.send(slot) : !this.#mover.ask(slot)) return;
      queue.issued += 1;
    }
  }

  /** Ends the oldest descriptors that are complete and tells software. */
  #retire(): void {
    const queue = this.#queue;
    while (this.#tell() && queue.retired < queue.issued && !this.#halted) {
      const slot = queue.slot(queue.retired);
      if (at(queue.moved, slot) < at(queue.lengthBytes, slot) || !this.#isFlushed(slot)) return;
      const wait_ps = at(queue.drained_ps, slot) - this.#port.now();
      if (wait_ps > 0) {
        this.#wakeIn(wait_ps);
        return;
      }
      this.#reportWanted = queue.wantsReport(slot);
      this.#interruptWanted = queue.wantsInterrupt(slot);
      queue.retired += 1;
      this.#registers.poke(ENGINE_HEAD.offsetBytes, 4, lowDword(queue.retired));
    }
  }

  /** Asks for the flush read of a descriptor that wants one and has sent everything. @returns true once it is over. */
  #isFlushed(slot: number): boolean {
    const queue = this.#queue;
    const state = queue.flush[slot];
    if (state !== FLUSH.wanted) return state !== FLUSH.asked;
    const length = at(queue.lengthBytes, slot);
    const target = queue.operation[slot] === ENGINE_OPERATION.busToBus ? queue.other : queue.busAddress;
    if (length === 0 || queue.operation[slot] === ENGINE_OPERATION.busToLocal) return true;
    if (this.#port.readRoom() === 0) return false;
    queue.flush[slot] = FLUSH.asked;
    const last = alignDown(at(target, slot) + length - 1, 4);
    this.#port.read(last, 4, this.#context(CODE_FLUSH + slot), FLOW.control);
    return false;
  }

  #onFlushed(slot: number, status: CompletionStatus): void {
    const failed = status !== COMPLETION_STATUS.SC;
    this.#queue.flush[slot] = failed ? FLUSH.failed : FLUSH.done;
    if (failed && this.#status === WRITE_BACK_STATUS.ok) this.#status = WRITE_BACK_STATUS.flushFailed + status * 256;
  }

  /** Writes the head back and interrupts, if wanted. @returns false if it has to wait for room. */
  #tell(): boolean {
    if (this.#reportWanted) {
      if (this.#port.postedRoom() === 0) return false;
      this.#writeBack.setUint32(0, lowDword(this.#queue.retired), true);
      this.#writeBack.setUint32(4, this.#status, true);
      const high = this.#registers.readRegister(ENGINE_WRITE_BACK_HIGH, 0);
      const address = fromDwords(high, this.#registers.readRegister(ENGINE_WRITE_BACK_LOW, 0));
      this.#reportWanted = false;
      this.#port.write(address, WRITE_BACK_BYTES, this.#writeBackSource, 0, FLOW.control);
    }
    if (this.#interruptWanted) {
      const enabled = this.#registers.field(ENGINE_CONTROL, 0, 'interruptEnable') === 1;
      if (enabled && !this.#raiseInterrupt()) return false;
      this.#interruptWanted = false;
    }
    return true;
  }

  /** Something failed: nothing more is begun; software is told. */
  #halt(code: number, address: number, status: number): void {
    if (this.#halted) return;
    this.#halted = true;
    this.#status = code + status * 256;
    this.#registers.pokeFields(ENGINE_STATUS, 0, { halted: 1, completionStatus: status });
    this.#registers.poke(ENGINE_FAULT_LOW.offsetBytes, 4, lowDword(address));
    this.#registers.poke(ENGINE_FAULT_HIGH.offsetBytes, 4, highDword(address));
    this.#reportWanted = true;
    this.#interruptWanted = true;
    this.#again = true;
  }

  #wakeIn(delay_ps: number): void {
    const at_ps = this.#port.now() + delay_ps;
    if (this.#wake_ps >= 0 && this.#wake_ps <= at_ps) return;
    this.#wake_ps = at_ps;
    this.#port.setTimer(delay_ps, ENGINE_TIMER);
  }

  #context(code: number): number {
    return this.#epoch * 65536 + code;
  }
}

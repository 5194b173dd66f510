/*
 * A small honest fabric for unit tests of devices and host software: one address map, one clock, finite
 * queues and tags, and it refuses what the real one refuses. No links, no ordering surprises but those asked for.
 */
import { invariant } from '../../src/base/invariant.ts';
import { Random } from '../../src/base/random.ts';
import type { Bdf } from '../../src/base/units.ts';
import { COMPLETION_STATUS, type Flow } from '../../src/core/pcie/tlp.ts';
import type { ByteSink, ByteSource, DeviceHandler, ProcessorPort } from '../../src/core/models/ports.ts';

export interface FakeRegion {
  readonly base: number;
  readonly sizeBytes: number;
  readonly memory: ByteSource & ByteSink;
}

export interface FakeOptions {
  readonly mpsBytes?: number;
  readonly mrrsBytes?: number;
  readonly tags?: number;
  readonly postedPlaces?: number;
  readonly writeLatency_ps?: number;
  readonly readLatency_ps?: number;
  /** Time a posted TLP keeps the transmitter busy. */
  readonly perWrite_ps?: number;
  /** Completions come in pieces of at most this many bytes. */
  readonly completionBytes?: number;
  /** Seed of extra read latency, so that requests overtake each other; absent = in order. */
  readonly shuffleSeed?: number;
}

interface Pending {
  readonly at_ps: number;
  readonly sequence: number;
  readonly run: () => void;
}

/** Plain memory for tests. */
export class FakeMemory implements ByteSource, ByteSink {
  readonly bytes: Uint8Array;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
  }

  readInto(offset: number, lengthBytes: number, target: Uint8Array, targetOffset: number): void {
    invariant(offset >= 0 && offset + lengthBytes <= this.bytes.length, () => `read at ${offset}+${lengthBytes}`);
    target.set(this.bytes.subarray(offset, offset + lengthBytes), targetOffset);
  }

  writeFrom(offset: number, lengthBytes: number, source: Uint8Array, sourceOffset: number): void {
    invariant(offset >= 0 && offset + lengthBytes <= this.bytes.length, () => `write at ${offset}+${lengthBytes}`);
    this.bytes.set(source.subarray(sourceOffset, sourceOffset + lengthBytes), offset);
  }
}

/** A TLP as the fabric saw it. */
export interface FakeTlp {
  readonly kind: 'MRd' | 'MWr';
  readonly address: number;
  readonly lengthBytes: number;
  readonly flow: Flow;
  readonly at_ps: number;
}

/** Configuration registers by routing ID. */
export interface FakeConfig {
  read(id: Bdf, offset: number, bytes: number): number;
  write(id: Bdf, offset: number, bytes: number, value: number): void;
}

export class FakeFabric {
  /** Who answers configuration requests; undefined = nobody. */
  config: FakeConfig | undefined;
  readonly regions: FakeRegion[] = [];
  readonly tlps: FakeTlp[] = [];
  /** Data of every write to the interrupt range. */
  readonly interrupts: number[] = [];
  now_ps = 0;
  #pending: Pending[] = [];
  #sequence = 0;

  addRegion(base: number, sizeBytes: number): FakeMemory {
    const memory = new FakeMemory(sizeBytes);
    this.regions.push({ base, sizeBytes, memory });
    return memory;
  }

  regionOf(address: number, lengthBytes: number): FakeRegion | undefined {
    return this.regions.find(({ base, sizeBytes }) => address >= base && address + lengthBytes <= base + sizeBytes);
  }

  schedule(delay_ps: number, run: () => void): void {
    invariant(Number.isInteger(delay_ps) && delay_ps >= 0, () => `not a delay: ${delay_ps}`);
    this.#pending.push({ at_ps: this.now_ps + delay_ps, sequence: this.#sequence++, run });
  }

  /** Runs until nothing is pending. @returns false if `limit` events were not enough. */
  runToIdle(limit = 1_000_000): boolean {
    for (let count = 0; count < limit; count++) {
      let best = 0;
      if (this.#pending.length === 0) return true;
      for (let i = 1; i < this.#pending.length; i++) {
        const a = this.#pending[i];
        const b = this.#pending[best];
        if (a === undefined || b === undefined) continue;
        if (a.at_ps < b.at_ps || (a.at_ps === b.at_ps && a.sequence < b.sequence)) best = i;
      }
      const [next] = this.#pending.splice(best, 1);
      if (next === undefined) return true;
      this.now_ps = next.at_ps;
      next.run();
    }
    return false;
  }

  port(handler: DeviceHandler, options: FakeOptions = {}): FakePort {
    return new FakePort(this, handler, options);
  }
}

export class FakePort implements ProcessorPort {
  readonly requesterId = 0x0400 as Bdf;
  readonly mpsBytes: number;
  readonly mrrsBytes: number;
  mayRequest = true;
  readonly #fabric: FakeFabric;
  readonly #handler: DeviceHandler;
  readonly #options: Required<Omit<FakeOptions, 'shuffleSeed'>>;
  readonly #shuffle: Random | undefined;
  #free_ps = 0;
  #postedQueued = 0;
  #tagsUsed = 0;
  #starved = false;

  constructor(fabric: FakeFabric, handler: DeviceHandler, options: FakeOptions) {
    this.#fabric = fabric;
    this.#handler = handler;
    this.#options = {
      mpsBytes: 256,
      mrrsBytes: 512,
      tags: 16,
      postedPlaces: 4,
      writeLatency_ps: 200_000,
      readLatency_ps: 500_000,
      perWrite_ps: 18_000,
      completionBytes: 128,
      ...options,
    };
    this.mpsBytes = this.#options.mpsBytes;
    this.mrrsBytes = this.#options.mrrsBytes;
    this.#shuffle = options.shuffleSeed === undefined ? undefined : new Random(options.shuffleSeed);
  }

  /** Tags not given back. */
  get tagsUsed(): number {
    return this.#tagsUsed;
  }

  get freeTags(): number {
    return this.#options.tags - this.#tagsUsed;
  }

  postedRoom(): number {
    const room = this.#options.postedPlaces - this.#postedQueued;
    if (room === 0) this.#starved = true;
    return room;
  }

  readRoom(): number {
    const room = this.#options.tags - this.#tagsUsed;
    if (room === 0) this.#starved = true;
    return room;
  }

  write(address: number, lengthBytes: number, source: ByteSource, sourceOffset: number, flow: Flow): void {
    this.#check(address, lengthBytes, this.mpsBytes);
    invariant(this.#postedQueued < this.#options.postedPlaces, () => 'write without room');
    const payload = new Uint8Array(lengthBytes);
    source.readInto(sourceOffset, lengthBytes, payload, 0);
    const fabric = this.#fabric;
    fabric.tlps.push({ kind: 'MWr', address, lengthBytes, flow, at_ps: fabric.now_ps });
    this.#postedQueued += 1;
    const start = Math.max(this.#free_ps, fabric.now_ps);
    this.#free_ps = start + this.#options.perWrite_ps;
    fabric.schedule(this.#free_ps - fabric.now_ps, () => {
      this.#postedQueued -= 1;
      this.#tellRoom();
    });
    fabric.schedule(this.#free_ps + this.#options.writeLatency_ps - fabric.now_ps, () => {
      if (address >= 0xfee00000 && address < 0xfef00000) {
        fabric.interrupts.push((payload[0] ?? 0) + (payload[1] ?? 0) * 256);
        return;
      }
      const region = fabric.regionOf(address, lengthBytes);
      region?.memory.writeFrom(address - region.base, lengthBytes, payload, 0);
    });
  }

  writeDword(address: number, value: number, flow: Flow): void {
    const bytes = new FakeMemory(4);
    new DataView(bytes.bytes.buffer).setUint32(0, value, true);
    this.write(address, 4, bytes, 0, flow);
  }

  /** Configuration requests go to `fabric.config`; without one nobody answers, which reads as Unsupported Request. */
  configRead(id: Bdf, offset: number, bytes: number, context: number): void {
    this.#configure(context, (config) => {
      const value = config.read(id, offset, bytes);
      const payload = Uint8Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** index) & 0xff);
      this.#handler.onReadData(context, 0, bytes, payload, 0);
    });
  }

  configWrite(id: Bdf, offset: number, bytes: number, value: number, context: number): void {
    this.#configure(context, (config) => config.write(id, offset, bytes, value));
  }

  #configure(context: number, access: (config: FakeConfig) => void): void {
    const fabric = this.#fabric;
    this.#tagsUsed += 1;
    fabric.schedule(this.#options.readLatency_ps, () => {
      this.#tagsUsed -= 1;
      if (fabric.config !== undefined) access(fabric.config);
      this.#handler.onReadDone(context, fabric.config === undefined ? COMPLETION_STATUS.UR : COMPLETION_STATUS.SC);
      this.#tellRoom();
    });
  }

  read(address: number, lengthBytes: number, context: number, flow: Flow): void {
    this.#check(address, lengthBytes, this.mrrsBytes);
    invariant(this.#tagsUsed < this.#options.tags, () => 'read without a tag');
    this.#tagsUsed += 1;
    const fabric = this.#fabric;
    fabric.tlps.push({ kind: 'MRd', address, lengthBytes, flow, at_ps: fabric.now_ps });
    const extra = this.#shuffle === undefined ? 0 : this.#shuffle.below(2_000_000);
    const region = fabric.regionOf(address, lengthBytes);
    // Reads push the writes before them.
    const start = Math.max(this.#free_ps + this.#options.writeLatency_ps - fabric.now_ps, 0);
    let delay_ps = start + this.#options.readLatency_ps + extra;
    if (region !== undefined) {
      for (let done = 0; done < lengthBytes; done += this.#options.completionBytes) {
        const piece = Math.min(this.#options.completionBytes, lengthBytes - done);
        delay_ps += 10_000;
        fabric.schedule(delay_ps, () => {
          const payload = new Uint8Array(piece + 3);
          region.memory.readInto(address - region.base + done, piece, payload, 3);
          this.#handler.onReadData(context, done, piece, payload, 3);
        });
      }
    }
    fabric.schedule(delay_ps, () => {
      this.#tagsUsed -= 1;
      this.#handler.onReadDone(context, region === undefined ? COMPLETION_STATUS.UR : COMPLETION_STATUS.SC);
      this.#tellRoom();
    });
  }

  now(): number {
    return this.#fabric.now_ps;
  }

  setTimer(delay_ps: number, id: number): void {
    this.#fabric.schedule(delay_ps, () => this.#handler.onTimer(id));
  }

  #tellRoom(): void {
    if (!this.#starved) return;
    this.#starved = false;
    this.#handler.onRoom();
  }

  #check(address: number, lengthBytes: number, limit: number): void {
    invariant(this.mayRequest, () => 'request without Bus Master Enable');
    invariant(
      Number.isInteger(lengthBytes) && lengthBytes >= 1 && lengthBytes <= limit,
      () => `length ${lengthBytes} of ${limit}`,
    );
    invariant(
      Math.floor(address / 4096) === Math.floor((address + lengthBytes - 1) / 4096),
      () => `${address}+${lengthBytes} crosses 4 KiB`,
    );
  }
}

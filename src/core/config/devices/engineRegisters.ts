/*
 * The register block of the DMA engine that NICs, drives, accelerators and memory-to-memory engines of
 * this model share, as a driver and the hardware both know it. It lies at offset 0 of the engine's BAR.
 *
 *   00 IDENTITY     08 CONTROL     10 RING_BASE_LOW    18 RING_ENTRIES   20 HEAD             30 FAULT_LOW
 *   04 FEATURES     0c STATUS      14 RING_BASE_HIGH   1c TAIL           24 WRITE_BACK_LOW   34 FAULT_HIGH
 *                                                                        28 WRITE_BACK_HIGH
 *
 * Head and tail are free-running 32-bit counts of descriptors, so a full and an empty ring differ.
 */
import { defineRegister } from '../register.ts';

const SPEC = 'Peerlane device model: one engine for all devices';

export const ENGINE_IDENTITY = defineRegister({
  name: 'Engine Identity',
  offsetBytes: 0x00,
  widthBits: 32,
  spec: SPEC,
  fields: { signature: { lsb: 0, widthBits: 32, access: 'RO', reset: 0x454d4450 } },
});

/** What the engine can do; set by the device when it is built. */
export const ENGINE_FEATURES = defineRegister({
  name: 'Engine Features',
  offsetBytes: 0x04,
  widthBits: 32,
  spec: SPEC,
  fields: {
    version: { lsb: 0, widthBits: 8, access: 'RO', reset: 1 },
    /** Moves bytes from its inner side (wire, media, video memory) to a bus address. */
    localToBus: { lsb: 8, access: 'RO' },
    busToLocal: { lsb: 9, access: 'RO' },
    busToBus: { lsb: 10, access: 'RO' },
    /** Moves bytes between its inner side and its own memory BAR without using the link. */
    ownMemory: { lsb: 11, access: 'RO' },
  },
});

export const ENGINE_CONTROL = defineRegister({
  name: 'Engine Control',
  offsetBytes: 0x08,
  widthBits: 32,
  spec: SPEC,
  fields: {
    enable: { lsb: 0, access: 'RW' },
    interruptEnable: { lsb: 1, access: 'RW' },
    /** Back to power-on state; reads 0. */
    reset: { lsb: 31, access: 'RW', readsZero: true },
  },
});

export const ENGINE_STATUS = defineRegister({
  name: 'Engine Status',
  offsetBytes: 0x0c,
  widthBits: 32,
  spec: SPEC,
  fields: {
    running: { lsb: 0, access: 'RO' },
    /** A read failed; nothing more is done until a reset. */
    halted: { lsb: 1, access: 'RO' },
    completionStatus: { lsb: 8, widthBits: 4, access: 'RO' },
  },
});

const word = (name: string, offsetBytes: number, access: 'RW' | 'RO') =>
  defineRegister({
    name,
    offsetBytes,
    widthBits: 32,
    spec: SPEC,
    fields: { value: { lsb: 0, widthBits: 32, access } },
  });

export const ENGINE_RING_BASE_LOW = word('Engine Ring Base Low', 0x10, 'RW');
export const ENGINE_RING_BASE_HIGH = word('Engine Ring Base High', 0x14, 'RW');
/** Power of two, 2…65536. */
export const ENGINE_RING_ENTRIES = word('Engine Ring Entries', 0x18, 'RW');
/** The doorbell: descriptors below this count are the engine's. */
export const ENGINE_TAIL = word('Engine Tail', 0x1c, 'RW');
/** Descriptors completed. */
export const ENGINE_HEAD = word('Engine Head', 0x20, 'RO');
export const ENGINE_WRITE_BACK_LOW = word('Engine Write-Back Low', 0x24, 'RW');
export const ENGINE_WRITE_BACK_HIGH = word('Engine Write-Back High', 0x28, 'RW');
/** Bus address of the read that failed. */
export const ENGINE_FAULT_LOW = word('Engine Fault Low', 0x30, 'RO');
export const ENGINE_FAULT_HIGH = word('Engine Fault High', 0x34, 'RO');

export const ENGINE_REGISTERS = [
  ENGINE_IDENTITY,
  ENGINE_FEATURES,
  ENGINE_CONTROL,
  ENGINE_STATUS,
  ENGINE_RING_BASE_LOW,
  ENGINE_RING_BASE_HIGH,
  ENGINE_RING_ENTRIES,
  ENGINE_TAIL,
  ENGINE_HEAD,
  ENGINE_WRITE_BACK_LOW,
  ENGINE_WRITE_BACK_HIGH,
  ENGINE_FAULT_LOW,
  ENGINE_FAULT_HIGH,
];

/** Bytes of BAR space the block takes. */
export const ENGINE_BLOCK_BYTES = 256;

/*
 * One descriptor: 32 bytes, little-endian, in a ring in host memory.
 *
 *   00 bus address (64)          source of busToLocal and busToBus, target of localToBus
 *   08 inner offset or target bus address (64)
 *   10 length in bytes (32)      14 control (32)      18 reserved (64)
 */
export const DESCRIPTOR_BYTES = 32;
export const DESCRIPTOR = { busAddress: 0, other: 8, lengthBytes: 16, control: 20 } as const;

/** The descriptor's control word. It is not a hardware register, but the same table describes it. */
export const DESCRIPTOR_CONTROL = defineRegister({
  name: 'Descriptor Control',
  offsetBytes: DESCRIPTOR.control,
  widthBits: 32,
  spec: SPEC,
  fields: {
    operation: { lsb: 0, widthBits: 2, access: 'RW' },
    /** Write the head back when this one is done. */
    report: { lsb: 2, access: 'RW' },
    /** Raise the interrupt after the write-back. */
    interrupt: { lsb: 3, access: 'RW' },
    /** After the last write, read 4 bytes of the target: their completion pushes the writes ahead of it. */
    flush: { lsb: 4, access: 'RW' },
    /** Statistics only: the flow byte of core/pcie/tlp.ts. */
    flow: { lsb: 8, widthBits: 8, access: 'RW' },
  },
});

export const ENGINE_OPERATION = { localToBus: 0, busToLocal: 1, busToBus: 2 } as const;
export type EngineOperation = (typeof ENGINE_OPERATION)[keyof typeof ENGINE_OPERATION];

/*
 * What the engine writes to the write-back address: 8 bytes, one TLP.
 *
 *   00 descriptors completed (32, free-running)     04 status (32, below)
 */
export const WRITE_BACK_BYTES = 8;
export const WRITE_BACK_STATUS = {
  ok: 0,
  /** A read failed with this completion status in bits 10:8; the engine has halted. */
  readFailed: 1,
  /** The flush read failed: whether the writes arrived is not known. */
  flushFailed: 2,
  /** A descriptor names an operation this engine does not have; the engine has halted. */
  badDescriptor: 3,
} as const;

/*
 * Access generators: what test equipment does instead of moving somebody's bytes. Each of the channels is a block of
 * 48 bytes behind the engine's own registers.
 *
 *   40 + 30·n:   00 CONTROL      08 BASE_LOW    10 WINDOW_LOW    18 OPERATION_BYTES   20 COUNT   28 DONE
 *                04 STATUS       0c BASE_HIGH   14 WINDOW_HIGH   1c OUTSTANDING       24 SEED    2c WRONG
 */
export const GENERATOR_CHANNELS = 4;
const GENERATOR_FIRST = 0x40;
const GENERATOR_BLOCK_BYTES = 0x30;

/** Offset of a channel's block. @param channel 0…GENERATOR_CHANNELS − 1. */
export function generatorBase(channel: number): number {
  return GENERATOR_FIRST + channel * GENERATOR_BLOCK_BYTES;
}

export const GENERATOR_CONTROL = defineRegister({
  name: 'Generator Control',
  offsetBytes: 0x00,
  widthBits: 32,
  spec: SPEC,
  fields: {
    /** 0 → 1 starts; 1 → 0 begins no more operations. */
    run: { lsb: 0, access: 'RW' },
    /** Writes instead of reads. */
    write: { lsb: 1, access: 'RW' },
    /** Places in random order instead of one after the other. */
    random: { lsb: 2, access: 'RW' },
    /** Goes on after COUNT operations, until it is stopped. */
    endless: { lsb: 3, access: 'RW' },
    /** Statistics only: the flow byte of core/pcie/tlp.ts. */
    flow: { lsb: 8, widthBits: 8, access: 'RW' },
  },
});

export const GENERATOR_STATUS = defineRegister({
  name: 'Generator Status',
  offsetBytes: 0x04,
  widthBits: 32,
  spec: SPEC,
  fields: {
    /** Operations are under way or still to come. */
    busy: { lsb: 0, access: 'RO' },
    /** A read failed; nothing more is begun. */
    failed: { lsb: 1, access: 'RO' },
    completionStatus: { lsb: 8, widthBits: 4, access: 'RO' },
  },
});

export const GENERATOR_BASE_LOW = word('Generator Base Low', 0x08, 'RW');
export const GENERATOR_BASE_HIGH = word('Generator Base High', 0x0c, 'RW');
export const GENERATOR_WINDOW_LOW = word('Generator Window Low', 0x10, 'RW');
export const GENERATOR_WINDOW_HIGH = word('Generator Window High', 0x14, 'RW');
/** 1…4096. */
export const GENERATOR_OPERATION_BYTES = word('Generator Operation Bytes', 0x18, 'RW');
export const GENERATOR_OUTSTANDING = word('Generator Outstanding', 0x1c, 'RW');
export const GENERATOR_COUNT = word('Generator Count', 0x20, 'RW');
/** Of the places and of the bytes. */
export const GENERATOR_SEED = word('Generator Seed', 0x24, 'RW');
export const GENERATOR_DONE = word('Generator Done', 0x28, 'RO');
/** Bytes that were not those expected. */
export const GENERATOR_WRONG = word('Generator Wrong', 0x2c, 'RO');

export const GENERATOR_REGISTERS = [
  GENERATOR_CONTROL,
  GENERATOR_STATUS,
  GENERATOR_BASE_LOW,
  GENERATOR_BASE_HIGH,
  GENERATOR_WINDOW_LOW,
  GENERATOR_WINDOW_HIGH,
  GENERATOR_OPERATION_BYTES,
  GENERATOR_OUTSTANDING,
  GENERATOR_COUNT,
  GENERATOR_SEED,
  GENERATOR_DONE,
  GENERATOR_WRONG,
];

import { ConfigSpace, CONVENTIONAL_CONFIG_BYTES } from '../../config/configSpace.ts';
import {
  ENGINE_BLOCK_BYTES,
  ENGINE_CONTROL,
  ENGINE_FEATURES,
  ENGINE_REGISTERS,
  ENGINE_TAIL,
  GENERATOR_CHANNELS,
  GENERATOR_CONTROL,
  generatorBase,
} from '../../config/devices/engineRegisters.ts';
import type { CompletionStatus, FlowByte } from '../../pcie/tlp.ts';
import type { DeviceHandler, FunctionPort } from '../ports.ts';
import { AccessGenerator, channelOf, isGeneratorContext } from './accessGenerator.ts';
import type { MoverParts } from './dataMover.ts';
import { DmaEngine, ENGINE_TIMER } from './dmaEngine.ts';
import { Interrupts } from './interrupts.ts';
import type { WaitClock } from './waitClock.ts';

const FIRST_GENERATOR_TIMER = ENGINE_TIMER + 1;

export interface EngineDeviceParts extends Omit<MoverParts, 'port'> {
  /** Its configuration space: interrupts are programmed there. */
  readonly config: ConfigSpace;
  /** BAR with the engine's registers at offset 0. */
  readonly engineBar: number;
  /** Told about operations of its access generators that are over. */
  readonly onOperation?: (flow: FlowByte) => void;
}

/** A function with a DMA engine: its registers, its MSI-X table, its engine. */
export class EngineDevice implements DeviceHandler {
  private readonly _engineBar: number;
  private readonly _registers: ConfigSpace;
  private readonly _interrupts: Interrupts;
  private readonly _engine: DmaEngine;
  readonly generators: readonly AccessGenerator[];

  constructor(port: FunctionPort, parts: EngineDeviceParts) {
    this._engineBar = parts.engineBar;
    this._registers = registerBlock(parts);
    this._interrupts = new Interrupts(port, parts.config);
    this._engine = new DmaEngine({
      ...parts,
      port,
      registers: this._registers,
      raiseInterrupt: () => this._interrupts.raise(),
    });
    this.generators = Array.from(
      { length: GENERATOR_CHANNELS },
      (_, channel) =>
        new AccessGenerator({
          port,
          registers: this._registers,
          channel,
          timer: FIRST_GENERATOR_TIMER + channel,
          onArrived: parts.onArrived ?? (() => undefined),
          onOperation: parts.onOperation ?? (() => undefined),
        }),
    );
  }

  /** What its DMA engine has waited for. */
  get waits(): WaitClock {
    return this._engine.waits;
  }

  get isIdle(): boolean {
    return this._engine.isIdle && this.generators.every((generator) => generator.isIdle);
  }

  onRoom(): void {
    this._interrupts.releasePending();
    this._engine.pump();
    for (const generator of this.generators) generator.pump();
  }

  onReadData(context: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    if (isGeneratorContext(context)) {
      this.generators[channelOf(context)]?.onReadData(context, requestOffset, lengthBytes, payload, offset);
      return;
    }
    this._engine.onReadData(context, requestOffset, lengthBytes, payload, offset);
  }

  onReadDone(context: number, status: CompletionStatus): void {
    if (isGeneratorContext(context)) this.generators[channelOf(context)]?.onReadDone(context, status);
    else this._engine.onReadDone(context, status);
  }

  onTimer(id: number): void {
    const generator = this.generators[id - FIRST_GENERATOR_TIMER];
    if (generator === undefined) this._engine.onTimer();
    else generator.onTimer();
  }

  onRegisterWrite(bar: number, offset: number, lengthBytes: number, value: number): void {
    if (bar === this._engineBar && offset < ENGINE_BLOCK_BYTES) this.#writeBlock(offset, lengthBytes, value);
    else this.#writeTable(bar, offset, lengthBytes, value);
  }

  onRegisterRead(bar: number, offset: number, lengthBytes: number): number {
    let value = 0;
    for (let i = lengthBytes - 1; i >= 0; i--) value = value * 256 + this.#readByte(bar, offset + i);
    return value;
  }

  onReset(): void {
    this._interrupts.reset();
    this._engine.reset();
    for (const generator of this.generators) generator.reset();
  }

  /** @simplifies Engine registers take aligned accesses of 4 bytes; others are ignored, reads of any size work. */
  #writeBlock(offset: number, lengthBytes: number, value: number): void {
    if (lengthBytes !== 4 || offset % 4 !== 0) return;
    this._registers.write(offset, lengthBytes, value);
    if (offset === ENGINE_CONTROL.offsetBytes) this._engine.onControl(value);
    if (offset === ENGINE_TAIL.offsetBytes) this._engine.onDoorbell();
    for (const generator of this.generators) {
      if (offset === generatorBase(generator.channel) + GENERATOR_CONTROL.offsetBytes) generator.onControl();
    }
  }

  #writeTable(bar: number, offset: number, lengthBytes: number, value: number): void {
    let stored = false;
    for (let i = 0; i < lengthBytes; i++) {
      const byte = Math.floor(value / 256 ** i) & 0xff;
      if (this._interrupts.writeByte(bar, offset + i, byte)) stored = true;
    }
    if (stored) this._interrupts.releasePending();
  }

  #readByte(bar: number, offset: number): number {
    if (bar === this._engineBar && offset < ENGINE_BLOCK_BYTES) return this._registers.read(offset, 1);
    return this._interrupts.readByte(bar, offset) ?? 0;
  }
}

/** The engine's registers at their reset values, with what this engine can do. */
function registerBlock(parts: EngineDeviceParts): ConfigSpace {
  const block = new ConfigSpace(new Uint8Array(CONVENTIONAL_CONFIG_BYTES));
  for (const register of ENGINE_REGISTERS) {
    block.attach(register, 0);
    block.poke(register.offsetBytes, register.widthBits / 8, register.reset);
  }
  const inner = parts.local === undefined ? 0 : 1;
  block.pokeFields(ENGINE_FEATURES, 0, {
    localToBus: inner,
    busToLocal: inner,
    busToBus: parts.buffer === undefined ? 0 : 1,
    ownMemory: parts.ownMemory === undefined ? 0 : 1,
  });
  return block;
}

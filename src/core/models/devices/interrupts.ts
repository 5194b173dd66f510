/*
 * How a function interrupts: one memory write to the address that software put into its MSI-X table or its
 * MSI capability.
 */
import { fromDwords } from '../../../base/bits.ts';
import { findCapability } from '../../config/capability.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import {
  MSI,
  MSI_ADDRESS,
  MSI_ADDRESS_UPPER,
  MSI_CONTROL,
  MSI_DATA,
  MSI_DATA_32,
  MSIX,
  MSIX_CONTROL,
  MSIX_PENDING,
  MSIX_TABLE,
} from '../../config/legacyCapabilities.ts';
import { FLOW } from '../../pcie/tlp.ts';
import type { FunctionPort } from '../ports.ts';

const ENTRY_BYTES = 16;
const ENTRY = { addressLow: 0, addressHigh: 4, data: 8, control: 12 } as const;
const MASKED = 1;

/** The MSI-X table and pending bits of one function, where its capability says they are. */
class MsixTable {
  private readonly _offset: number;
  readonly tableBar: number;
  readonly tableOffset: number;
  readonly pendingBar: number;
  readonly pendingOffset: number;
  private readonly _table: DataView;
  private readonly _pending: Uint8Array;

  constructor(config: ConfigSpace, offset: number) {
    this._offset = offset;
    const vectors = config.field(MSIX_CONTROL, offset, 'tableSizeMinusOne') + 1;
    this.tableBar = config.field(MSIX_TABLE, offset, 'bar');
    this.tableOffset = config.field(MSIX_TABLE, offset, 'offsetQwords') * 8;
    this.pendingBar = config.field(MSIX_PENDING, offset, 'bar');
    this.pendingOffset = config.field(MSIX_PENDING, offset, 'offsetQwords') * 8;
    this._table = new DataView(new ArrayBuffer(vectors * ENTRY_BYTES));
    this._pending = new Uint8Array(Math.ceil(vectors / 64) * 8);
    this.reset();
  }

  /** Every vector is masked after reset (PCIe Base 5.0 §7.7.2.7). */
  reset(): void {
    for (let entry = 0; entry < this._table.byteLength; entry += ENTRY_BYTES) {
      for (let byte = 0; byte < ENTRY_BYTES; byte++) this._table.setUint8(entry + byte, 0);
      this._table.setUint32(entry + ENTRY.control, MASKED, true);
    }
    this._pending.fill(0);
  }

  isEnabled(config: ConfigSpace): boolean {
    return config.field(MSIX_CONTROL, this._offset, 'enable') === 1;
  }

  isMasked(config: ConfigSpace, vector: number): boolean {
    if (config.field(MSIX_CONTROL, this._offset, 'functionMask') === 1) return true;
    return (this._table.getUint32(vector * ENTRY_BYTES + ENTRY.control, true) & MASKED) !== 0;
  }

  address(vector: number): number {
    const at = vector * ENTRY_BYTES;
    return fromDwords(
      this._table.getUint32(at + ENTRY.addressHigh, true),
      this._table.getUint32(at + ENTRY.addressLow, true),
    );
  }

  data(vector: number): number {
    return this._table.getUint32(vector * ENTRY_BYTES + ENTRY.data, true);
  }

  setPending(vector: number, pending: boolean): void {
    const bit = 1 << (vector % 8);
    const byte = this._pending[vector >> 3] ?? 0;
    this._pending[vector >> 3] = pending ? byte | bit : byte & ~bit;
  }

  isPending(vector: number): boolean {
    return ((this._pending[vector >> 3] ?? 0) & (1 << (vector % 8))) !== 0;
  }

  /** @returns false if the offset is not in the table. */
  write(offset: number, byte: number): boolean {
    if (offset < 0 || offset >= this._table.byteLength) return false;
    this._table.setUint8(offset, byte);
    return true;
  }

  read(bar: number, offset: number): number | undefined {
    const inTable = offset - this.tableOffset;
    if (bar === this.tableBar && inTable >= 0 && inTable < this._table.byteLength) return this._table.getUint8(inTable);
    const inPending = offset - this.pendingOffset;
    return bar === this.pendingBar ? this._pending[inPending] : undefined;
  }
}

/** One function's interrupts. Vector 0 is all that an engine of this model uses. */
export class Interrupts {
  private readonly _port: FunctionPort;
  private readonly _config: ConfigSpace;
  private readonly _msixTable: MsixTable | undefined;
  private readonly _msi: number | undefined;

  constructor(port: FunctionPort, config: ConfigSpace) {
    this._port = port;
    this._config = config;
    const msix = findCapability(config, MSIX);
    this._msixTable = msix === undefined ? undefined : new MsixTable(config, msix);
    this._msi = findCapability(config, MSI);
  }

  /** BAR that holds the MSI-X table, or undefined. */
  get tableBar(): number | undefined {
    return this._msixTable?.tableBar;
  }

  /**
   * Raises vector 0: sends the message, or keeps it pending while masked; nothing where interrupts are off.
   * @returns false if the transmit queue was full: try again when there is room.
   */
  raise(): boolean {
    const table = this._msixTable;
    if (table?.isEnabled(this._config) === true) {
      if (table.isMasked(this._config, 0)) {
        table.setPending(0, true);
        return true;
      }
      return this.#send(table.address(0), table.data(0));
    }
    if (this._msi === undefined || this._config.field(MSI_CONTROL, this._msi, 'enable') === 0) return true;
    return this.#sendMsi(this._msi);
  }

  /** Sends what became pending while masked. */
  releasePending(): void {
    const table = this._msixTable;
    if (table === undefined || !table.isPending(0) || !table.isEnabled(this._config)) return;
    if (table.isMasked(this._config, 0)) return;
    if (this.#send(table.address(0), table.data(0))) table.setPending(0, false);
  }

  /** Stores one byte of the table. @returns false if it is not the table's. */
  writeByte(bar: number, offset: number, byte: number): boolean {
    const table = this._msixTable;
    if (table === undefined || bar !== table.tableBar) return false;
    return table.write(offset - table.tableOffset, byte);
  }

  /** One byte of table or pending bits, or undefined if it is neither. */
  readByte(bar: number, offset: number): number | undefined {
    return this._msixTable?.read(bar, offset);
  }

  reset(): void {
    this._msixTable?.reset();
  }

  #sendMsi(offset: number): boolean {
    const wide = this._config.field(MSI_CONTROL, offset, 'address64') === 1;
    const low = this._config.readRegister(MSI_ADDRESS, offset);
    const high = wide ? this._config.readRegister(MSI_ADDRESS_UPPER, offset) : 0;
    return this.#send(fromDwords(high, low), this._config.readRegister(wide ? MSI_DATA : MSI_DATA_32, offset));
  }

  #send(address: number, data: number): boolean {
    if (this._port.postedRoom() === 0) return false;
    this._port.writeDword(address, data, FLOW.control);
    return true;
  }
}

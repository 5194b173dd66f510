import { invariant } from '../../../base/invariant.ts';
import { LINE_BYTES } from '../cpuCosts.ts';

interface Line {
  readonly bytes: Uint8Array;
  isModified: boolean;
}

/** Of one core's private caches. */
const CAPACITY_LINES = (1024 * 1024) / LINE_BYTES;

/**
 * Lines of devices that cores have cached through WT and WB mappings, with the bytes they had when they were loaded. No
 * device's own change of its memory reaches them, and no device sees a modified line before it is written back: nothing
 * on PCI Express keeps such copies coherent. Least recently used goes first.
 * @simplifies All cores see one cache, as if they kept each other coherent at no cost.
 */
export class DeviceLines {
  /** In order of use, oldest first. */
  private readonly _lines = new Map<number, Line>();

  has(address: number): boolean {
    return this._lines.has(address);
  }

  /** @param coming lines that are on their way. */
  isFull(coming: number): boolean {
    return this._lines.size + coming >= CAPACITY_LINES;
  }

  /** Bytes of a line that is there; it counts as used. */
  use(address: number): Uint8Array {
    const line = this._lines.get(address);
    invariant(line !== undefined, () => `no line ${address} in the cache`);
    this._lines.delete(address);
    this._lines.set(address, line);
    return line.bytes;
  }

  modify(address: number): Uint8Array {
    const bytes = this.use(address);
    const line = this._lines.get(address);
    if (line !== undefined) line.isModified = true;
    return bytes;
  }

  insert(address: number, bytes: Uint8Array): void {
    this._lines.set(address, { bytes, isModified: false });
  }

  /** Drops a line. @returns its bytes if they must be written back. */
  remove(address: number): Uint8Array | undefined {
    const line = this._lines.get(address);
    this._lines.delete(address);
    return line?.isModified === true ? line.bytes : undefined;
  }

  /** Address of the line to be replaced next. */
  get oldest(): number | undefined {
    const [first] = this._lines.keys();
    return first;
  }
}

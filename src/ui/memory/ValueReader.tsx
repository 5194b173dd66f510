import { addressText, fixedText } from '../../base/format.ts';
import { hex } from '../../base/bits.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { LiveText } from '../widgets/Live.tsx';

const MOST_BYTES = 8;
const NOT_THERE = 'beyond the end';

interface Reading {
  readonly label: string;
  readonly bytes: number;
  readonly read: (view: DataView) => string;
}

/** Numbers as text, without the thousands of digits a float can have. */
function realText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return value !== 0 && (size < 1e-4 || size >= 1e9) ? value.toExponential(6) : fixedText(value, 6);
}

/** With the sign that figures have everywhere on the page. */
function signedText(value: number | bigint): string {
  return String(value).replace('-', '−');
}

/** As the bytes are on PCI Express: the least significant first. */
const READINGS: readonly Reading[] = [
  { label: '8 bits', bytes: 1, read: (view) => `${view.getUint8(0)}, ${signedText(view.getInt8(0))}` },
  { label: '16 bits', bytes: 2, read: (view) => `0x${hex(view.getUint16(0, true), 4)}` },
  { label: '32 bits', bytes: 4, read: (view) => `0x${hex(view.getUint32(0, true), 8)}` },
  { label: '64 bits', bytes: 8, read: (view) => `0x${view.getBigUint64(0, true).toString(16).padStart(16, '0')}` },
  { label: '32 bits, signed', bytes: 4, read: (view) => signedText(view.getInt32(0, true)) },
  { label: '64 bits, signed', bytes: 8, read: (view) => signedText(view.getBigInt64(0, true)) },
  { label: 'Float', bytes: 4, read: (view) => realText(view.getFloat32(0, true)) },
  { label: 'Double', bytes: 8, read: (view) => realText(view.getFloat64(0, true)) },
];

interface ValueReaderProps {
  readonly view: MachineView | undefined;
  readonly memory: MemoryDescription;
  readonly offset: number | undefined;
}

/** What the bytes from the cursor on are as numbers, little-endian. */
export function ValueReader({ view, memory, offset }: ValueReaderProps) {
  if (view === undefined || offset === undefined) return undefined;
  const text = ({ bytes, read }: Reading): string => {
    if (offset + bytes > memory.sizeBytes) return NOT_THERE;
    const target = new Uint8Array(MOST_BYTES);
    const count = Math.min(MOST_BYTES, memory.sizeBytes - offset);
    const part = target.subarray(0, count);
    return view.readMemory(memory.index, offset, part) ? read(new DataView(target.buffer)) : '';
  };
  return (
    <aside className="value-reader" aria-label="Value at the cursor">
      <h3>{`From ${addressText(offset)} on, little-endian`}</h3>
      <table className="dense">
        <tbody>
          {READINGS.map((reading) => (
            <tr key={reading.label}>
              <th scope="row">{reading.label}</th>
              <td className="mono">
                <LiveText read={() => text(reading)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </aside>
  );
}

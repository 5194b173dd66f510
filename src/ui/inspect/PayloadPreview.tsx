import { useState } from 'react';
import { hex } from '../../base/bits.ts';
import { groupedHex } from '../../base/format.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { busAddressOf } from '../../store/memoryPlaces.ts';
import { addressDigits, asciiOf, BYTES_PER_ROW } from '../memory/hexModel.ts';
import { useEvery } from '../widgets/Live.tsx';

const READ_HZ = 4;
const MOST_BYTES = 256;

interface HexLinesProps {
  readonly bytes: Uint8Array;
  readonly firstAddress: number;
  readonly digits: number;
}

/** Sixteen bytes a line, with their characters. */
export function HexLines({ bytes, firstAddress, digits }: HexLinesProps) {
  const lines = Array.from({ length: Math.ceil(bytes.length / BYTES_PER_ROW) }, (_, line) => {
    const row = [...bytes.subarray(line * BYTES_PER_ROW, (line + 1) * BYTES_PER_ROW)];
    return { address: firstAddress + line * BYTES_PER_ROW, row };
  });
  return (
    <table className="payload-hex">
      <tbody>
        {lines.map(({ address, row }) => (
          <tr key={address}>
            <th scope="row">{groupedHex(address, digits)}</th>
            <td>
              {row
                .slice(0, 8)
                .map((byte) => hex(byte, 2))
                .join(' ')}
              {'  '}
              {row
                .slice(8)
                .map((byte) => hex(byte, 2))
                .join(' ')}
            </td>
            <td className="quiet">{row.map(asciiOf).join('')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface PayloadPreviewProps {
  readonly view: MachineView;
  readonly memory: MemoryDescription;
  readonly offset: number;
  readonly lengthBytes: number;
  /** What the bytes are to this TLP. */
  readonly words: string;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** The bytes where a TLP's payload belongs, as they are now. */
export function PayloadPreview({ view, memory, offset, lengthBytes, words }: PayloadPreviewProps) {
  const count = Math.max(0, Math.min(lengthBytes, MOST_BYTES, memory.sizeBytes - offset));
  const key = `${memory.index} ${offset} ${count}`;
  const [shown, setShown] = useState<{ readonly key: string; readonly bytes: Uint8Array }>();
  useEvery(READ_HZ, () => {
    const bytes = new Uint8Array(count);
    if (count === 0 || !view.readMemory(memory.index, offset, bytes)) return;
    setShown((before) => (before?.key === key && sameBytes(before.bytes, bytes) ? before : { key, bytes }));
  });
  const bytes = shown?.key === key ? shown.bytes : undefined;
  return (
    <section className="payload" aria-label="Payload">
      <h3>
        Payload <span className="muted">{words}</span>
      </h3>
      {bytes === undefined ? (
        <p className="muted">The bytes are being read.</p>
      ) : (
        // A scrolling region has to be reachable with the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <section className="payload-scroll" tabIndex={0} aria-label="Bytes of the payload">
          <HexLines
            bytes={bytes}
            firstAddress={busAddressOf(memory, offset) ?? offset}
            digits={addressDigits(memory)}
          />
        </section>
      )}
      {lengthBytes > MOST_BYTES ? <p className="muted">{`The first ${MOST_BYTES} bytes.`}</p> : undefined}
    </section>
  );
}

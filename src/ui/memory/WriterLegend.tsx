import { useState } from 'react';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { LaneState } from '../../store/session.ts';
import { useDocument } from '../model.ts';
import { nodeName } from '../names.ts';
import { useEvery } from '../widgets/Live.tsx';
import type { Writers } from './hexPainter.ts';
import { classOfLook } from './hexRows.ts';
import { ORIGIN, type Origin, type WriterEntry } from './writerStyles.ts';

const LEGEND_HZ = 4;

const PAYLOAD_WORDS: Readonly<Record<Origin, string>> = {
  [ORIGIN.unknown]: '',
  [ORIGIN.p2p]: 'peer to peer',
  [ORIGIN.bounce]: 'through host memory',
  [ORIGIN.control]: 'descriptors, doorbells, interrupts',
  [ORIGIN.cpu]: 'stores of the CPU',
  [ORIGIN.hand]: 'changed by hand',
};

/** `0000:03:00.0` as 16 bits. */
function routingId(bdf: string | undefined): number | undefined {
  const parts = /([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/u.exec(bdf ?? '');
  if (parts === null) return undefined;
  const [bus = 0, device = 0, fn = 0] = parts.slice(1).map((part) => Number.parseInt(part, 16));
  return bus * 256 + device * 8 + fn;
}

function useWriterName(machine: MachineDescription | undefined): (entry: WriterEntry) => string {
  const document = useDocument((state) => state.document);
  return ({ origin, requester }) => {
    if (origin === ORIGIN.hand) return 'You';
    const found = machine?.functions.find(({ bdf }) => routingId(bdf) === requester);
    // Requests of the CPU carry the ID of the root complex.
    return origin === ORIGIN.cpu || found === undefined ? 'CPU' : nodeName(document, found.id);
  };
}

/** Who wrote the bytes in view, and what the other colours mean. */
export function WriterLegend({ lane, writers }: { readonly lane: LaneState; readonly writers: Writers }) {
  const [entries, setEntries] = useState<readonly WriterEntry[]>([]);
  const nameOf = useWriterName(lane.machine);
  useEvery(LEGEND_HZ, () => setEntries(writers.styles.entries));
  return (
    <section aria-labelledby="hex-legend">
      <h3 id="hex-legend">Who wrote the bytes in view</h3>
      <ul className={`hex-legend flow-${lane.way}`}>
        {entries.map((entry) => (
          <li key={`${entry.origin} ${entry.requester}`}>
            <span className={classOfLook(entry.origin + entry.underline * 8)}>6a</span>
            <p>
              <strong>{nameOf(entry)}</strong> {PAYLOAD_WORDS[entry.origin]}
            </p>
          </li>
        ))}
        <li>
          <span className="byte-arrived">6a</span> <p>arrived in this run, without a record of the write</p>
        </li>
        <li>
          <span className="byte-set">3e</span> <p>not zero, written otherwise</p>
        </li>
        <li>
          <span className="byte-zero">00</span> <p>zero, or never written</p>
        </li>
        <li>
          <span className="byte-set byte-fresh fresh-3">3e</span> <p>changed last</p>
        </li>
        <li>
          <span className="byte-set byte-pending">3e</span> <p>typed, not in memory yet</p>
        </li>
      </ul>
    </section>
  );
}

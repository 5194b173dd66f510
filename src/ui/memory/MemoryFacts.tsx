import { addressText, bytesText, NO_VALUE, sizeText } from '../../base/format.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { busAddressOf } from '../../store/memoryPlaces.ts';
import { machineCounter } from '../../store/metrics.ts';
import type { LaneState } from '../../store/session.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { useDocument } from '../model.ts';
import { memoryName, nodeName } from '../names.ts';
import { LiveText } from '../widgets/Live.tsx';
import { BY_HAND } from './FillDialog.tsx';
import type { Writers } from './hexPainter.ts';
import { WriterLegend } from './WriterLegend.tsx';

interface MemoryFactsProps {
  readonly lane: LaneState;
  readonly memory: MemoryDescription;
}

function placeWords(document: TopologyDocument, memory: MemoryDescription): string {
  if (memory.node === 'host') return 'DRAM behind the memory controller';
  const owner = nodeName(document, memory.node);
  return memory.busAddress === undefined
    ? `inside ${owner}, reached by its own engine only`
    : `behind a BAR of ${owner}`;
}

/** Where in this memory the job's bytes are, and how many of them. */
function JobBytes({ lane, memory }: MemoryFactsProps) {
  const { machine, view } = lane;
  const destination = machine?.destination;
  if (destination?.memory !== memory.index) {
    return (
      <section aria-labelledby="job-title">
        <h3 id="job-title">The job’s bytes</h3>
        <p className="muted">
          {destination === undefined
            ? 'This job ends at a wire or a medium: no memory receives its bytes.'
            : 'They arrive in another memory.'}
        </p>
      </section>
    );
  }
  const arrived = (): string => (view === undefined ? NO_VALUE : bytesText(machineCounter(view, 'arrivedBytes')));
  return (
    <section aria-labelledby="job-title">
      <h3 id="job-title">The job’s bytes</h3>
      <table className="dense">
        <tbody>
          <tr>
            <th scope="row">Begin at offset</th>
            <td className="mono">{addressText(destination.offset)}</td>
          </tr>
          <tr>
            <th scope="row">Arrived</th>
            <td>
              <LiveText read={arrived} />
            </td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

/** Place and size of a memory, the job's bytes in it, and what the colours mean. */
export function MemoryFacts({ lane, memory, writers }: MemoryFactsProps & { readonly writers: Writers }) {
  const document = useDocument((state) => state.document);
  const last = busAddressOf(memory, memory.sizeBytes - 1);
  return (
    <div className="side-scroll">
      <header className="panel-head">
        <h2>{memoryName(document, memory)}</h2>
      </header>
      <p className="panel-sub">{placeWords(document, memory)}</p>
      <table className="dense">
        <tbody>
          <tr>
            <th scope="row">Size</th>
            <td>{sizeText(memory.sizeBytes)}</td>
          </tr>
          <tr>
            <th scope="row">First bus address</th>
            <td className="mono">{memory.busAddress === undefined ? 'none' : addressText(memory.busAddress)}</td>
          </tr>
          <tr>
            <th scope="row">Last bus address</th>
            <td className="mono">{last === undefined ? 'none' : addressText(last)}</td>
          </tr>
        </tbody>
      </table>
      <JobBytes lane={lane} memory={memory} />
      <WriterLegend lane={lane} writers={writers} />
      <p className="muted memory-note">{`${BY_HAND} Recorded hops stay as they are; what runs on from here runs with the new bytes.`}</p>
    </div>
  );
}

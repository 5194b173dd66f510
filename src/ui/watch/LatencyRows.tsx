import { useRef, useState } from 'react';
import { durationText, fixedText, sizeText } from '../../base/format.ts';
import { PS_PER_NS } from '../../base/units.ts';
import type { TlpHop } from '../../store/firstTlp.ts';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useLane } from '../model.ts';
import { latencySpans } from './latencySpans.ts';
import { useEvery } from '../widgets/Live.tsx';

const LATENCY_HZ = 4;

/** The hops of the first TLP with payload, as a run of bars from its first bit to its last byte. */
export function LatencyRows({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const { machine, hops } = useLane(lane);
  const [first, setFirst] = useState<readonly TlpHop[]>([]);
  const shown = useRef(first);
  useEvery(LATENCY_HZ, () => {
    const now = hops?.first.hops ?? [];
    if (now === shown.current) return;
    shown.current = now;
    setFirst(now);
  });
  const start_ps = first[0]?.start_ps ?? 0;
  const end_ps = Math.max(start_ps, ...first.map((hop) => hop.end_ps));
  const place = (at_ps: number): string => `${((at_ps - start_ps) / Math.max(1, end_ps - start_ps)) * 100}%`;
  return (
    <section aria-labelledby="latency-title">
      <h3 id="latency-title">{`Latency of the first packet${first[0] === undefined ? '' : `, ${sizeText(first[0].lengthBytes)}`}`}</h3>
      {machine === undefined || first.length === 0 ? (
        <p className="muted">Shown once a packet with payload has gone its way.</p>
      ) : (
        <table className="dense latency">
          <tbody>
            {latencySpans(first, document, machine).map((span) => (
              <tr key={span.id}>
                <th scope="row">{span.name}</th>
                {/* A picture of the figure in the next cell. */}
                {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label */}
                <td>
                  <span className="latency-bed" aria-hidden="true">
                    <span
                      className="latency-bar"
                      style={{ left: place(span.start_ps), right: `calc(100% - ${place(span.end_ps)})` }}
                    />
                  </span>
                </td>
                <td>{fixedText((span.end_ps - span.start_ps) / PS_PER_NS, 1)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={2}>
                First bit to last byte
              </th>
              <td>{durationText(end_ps - start_ps)}</td>
            </tr>
          </tfoot>
        </table>
      )}
    </section>
  );
}

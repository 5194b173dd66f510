import { fixedText, integerText } from '../../base/format.ts';
import { PS_PER_NS, PS_PER_SECOND } from '../../base/units.ts';
import { linkRate } from '../../core/pcie/link.ts';
import { ECRC_BYTES } from '../../core/pcie/tlp.ts';
import type { LinkDescription } from '../../engine/protocol.ts';

const LCRC_BYTES = 4;

interface WireStripProps {
  readonly headerBytes: number;
  readonly payloadBytes: number;
  readonly digest: boolean;
  /** The link it is shown on; undefined = pasted, no link. */
  readonly link: LinkDescription | undefined;
  /** Colour of the payload. */
  readonly mark: string;
  readonly payloadWords: string;
}

interface Part {
  readonly name: string;
  readonly words: string;
  readonly bytes: number;
  readonly kind: string;
}

/** A TLP as a strip of bytes with what the link puts around it, and how long that takes. */
export function WireStrip({ headerBytes, payloadBytes, digest, link, mark, payloadWords }: WireStripProps) {
  const framing = link === undefined ? 0 : linkRate(link.gen).framingBytes;
  const before = Math.max(0, framing - LCRC_BYTES);
  const parts: readonly Part[] = [
    { name: 'STP', words: String(before), bytes: before, kind: 'framing' },
    { name: '', words: `Header, ${headerBytes}`, bytes: headerBytes, kind: 'header' },
    { name: '', words: `Data, ${integerText(payloadBytes)} B${payloadWords}`, bytes: payloadBytes, kind: 'data' },
    { name: 'ECRC', words: String(ECRC_BYTES), bytes: digest ? ECRC_BYTES : 0, kind: 'framing' },
    { name: 'LCRC', words: String(LCRC_BYTES), bytes: framing === 0 ? 0 : LCRC_BYTES, kind: 'framing' },
  ];
  const total = parts.reduce((sum, part) => sum + part.bytes, 0);
  const time_ns = link === undefined ? undefined : ((total / link.bytesPerSecond) * PS_PER_SECOND) / PS_PER_NS;
  const where = link === undefined ? '' : `, ${fixedText(time_ns ?? 0, 1)} ns at Gen${link.gen} x${link.width}`;
  const flit = link !== undefined && framing === 0 ? ' Flits carry it without framing of its own.' : '';
  return (
    <figure className="wire-strip" aria-label="On the wire">
      <div className="wire-parts">
        {parts
          .filter((part) => part.bytes > 0)
          .map((part) => (
            <span
              key={part.name + part.kind}
              className={`wire-${part.kind} mark-${mark}`}
              style={{ flexGrow: part.kind === 'data' ? Math.max(40, part.bytes) : part.bytes }}
            >
              {part.words}
            </span>
          ))}
      </div>
      <figcaption>
        {framing === 0 ? undefined : <span>{`STP, sequence ${before} B`}</span>}
        <span>{`${integerText(total)} B ${link === undefined ? 'without framing' : 'on the wire'}${where}.${flit}`}</span>
        {framing === 0 ? undefined : <span>LCRC</span>}
      </figcaption>
    </figure>
  );
}

import { OctagonX } from 'lucide-react';
import { useId, useState } from 'react';
import { addressText, sizeText } from '../../base/format.ts';
import { bdfText } from '../../core/pcie/bdf.ts';
import { TLP_KIND_NAMES } from '../../core/pcie/tlp.ts';
import { decodeTlpText, type DecodedTlp } from '../../core/pcie/tlpDecode.ts';
import { HexLines } from './PayloadPreview.tsx';
import { HeaderBits, titleOf } from './HeaderBits.tsx';
import { WireStrip } from './WireStrip.tsx';

const EXAMPLE = '60000002 040000ff 00000040 02b3e600 6a3e2b00 6e696330';

function Decoded({ tlp }: { readonly tlp: DecodedTlp }) {
  const { header, payload } = tlp;
  return (
    <div className="tlp-detail">
      <header className="detail-head">
        <h2>{titleOf(tlp)}</h2>
        <span className="muted mono">{TLP_KIND_NAMES[tlp.kind]}</span>
        <p>
          {`from ${bdfText(header.requesterId)}, ${sizeText(header.lengthBytes)} at ${addressText(header.address)}`}
          {tlp.digest === undefined ? '' : `, ECRC ${addressText(tlp.digest)}`}
        </p>
      </header>
      <HeaderBits tlp={tlp} unrecorded={false} />
      <WireStrip
        headerBytes={tlp.headerDwords * 4}
        payloadBytes={payload.length}
        digest={tlp.digest !== undefined}
        link={undefined}
        mark="p2p"
        payloadWords=""
      />
      {payload.length === 0 ? undefined : (
        <section className="payload" aria-label="Payload">
          <h3>
            Payload <span className="muted">as pasted</span>
          </h3>
          {/* A scrolling region has to be reachable with the keyboard. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <section className="payload-scroll" tabIndex={0} aria-label="Bytes of the payload">
            <HexLines bytes={payload} firstAddress={header.address - (header.address % 4)} digits={8} />
          </section>
        </section>
      )}
    </div>
  );
}

/** Hexadecimal dwords from elsewhere, taken apart as one types. */
export function PastePanel() {
  const id = useId();
  const [text, setText] = useState('');
  const result = text.trim() === '' ? undefined : decodeTlpText(text);
  const isBad = result !== undefined && !result.ok;
  return (
    <>
      <div className="paste">
        <label htmlFor={id}>Header dwords, then data, in hexadecimal</label>
        <textarea
          id={id}
          className="input mono"
          rows={3}
          spellCheck={false}
          placeholder={EXAMPLE}
          value={text}
          aria-invalid={isBad}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setText(event.target.value)}
        />
        <output id={`${id}-hint`} className={isBad ? 'hint hint-bad' : 'hint'}>
          {isBad ? <OctagonX size={13} aria-hidden="true" /> : undefined}
          {isBad
            ? result.error.message
            : 'As dwords of 8 digits or as bytes in the order they travel; 0x, commas and remarks after # are ignored.'}
        </output>
        {text === '' ? (
          <button type="button" className="button small" onClick={() => setText(EXAMPLE)}>
            Show an example
          </button>
        ) : undefined}
      </div>
      {result?.ok === true ? <Decoded key={result.value.dwords.join()} tlp={result.value} /> : undefined}
    </>
  );
}

import { hex } from '../../base/bits.ts';
import { ACS_BITS } from '../../core/pcie/acs.ts';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import { ACS_BIT_WORDS } from '../../store/acsFacts.ts';
import { setAcsBit } from '../../store/functionParameters.ts';
import { useDocument } from '../model.ts';
import { useEditor } from './useEditor.ts';

/** ACS Control of a port as firmware leaves it, one switch a bit; bits nobody offers say so. */
export function AcsSwitches({ fn }: { readonly fn: FunctionSpec }) {
  const name = useEditor().nameOf(fn.id);
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const { acs } = fn;
  if (acs === undefined) return undefined;
  return (
    <section aria-label={`ACS on ${name}`}>
      <header className="section-head">
        <h3>{`ACS on ${name}`}</h3>
        <code>{`0x${hex(acs.control, 4)}`}</code>
      </header>
      <ul className="acs-switches">
        {ACS_BIT_WORDS.map((bit) => {
          const offered = (acs.capability & ACS_BITS[bit.name]) !== 0;
          const on = (acs.control & ACS_BITS[bit.name]) !== 0;
          return (
            <li key={bit.name} title={bit.effect} className={offered ? undefined : 'acs-not-offered'}>
              <code>{bit.short}</code>
              <span>{bit.long}</span>
              {offered ? (
                <button
                  type="button"
                  role="switch"
                  className="switch"
                  aria-checked={on}
                  aria-label={bit.long}
                  onClick={() =>
                    edit(`${name}: ${bit.short} ${on ? 'off' : 'on'}`, setAcsBit(document, fn.id, bit.name, !on))
                  }
                />
              ) : (
                <span className="quiet">not offered</span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

import { hex } from '../../base/bits.ts';
import { ACS_BITS, ACS_REDIRECT_MASK, type AcsBitName } from '../../core/pcie/acs.ts';
import type { PeerVerdict } from '../../core/pcie/verdict.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import { shortBdf } from '../../base/format.ts';
import { useLane } from '../model.ts';

const BITS: readonly { readonly name: AcsBitName; readonly short: string; readonly long: string }[] = [
  { name: 'directTranslatedP2p', short: 'DT', long: 'Direct Translated P2P' },
  { name: 'p2pEgressControl', short: 'EC', long: 'P2P Egress Control' },
  { name: 'upstreamForwarding', short: 'UF', long: 'Upstream Forwarding' },
  { name: 'p2pCompletionRedirect', short: 'CR', long: 'P2P Completion Redirect' },
  { name: 'p2pRequestRedirect', short: 'RR', long: 'P2P Request Redirect' },
  { name: 'translationBlocking', short: 'TB', long: 'Translation Blocking' },
  { name: 'sourceValidation', short: 'SV', long: 'Source Validation' },
];

interface Register {
  readonly bdf: string;
  readonly control: number;
  readonly offset: number | undefined;
}

/** The port to look at: the redirector that decided, else the first redirector, else the first port on the way that has ACS. */
function registerOf(verdict: PeerVerdict, machine: MachineDescription | undefined): Register | undefined {
  const { redirectors, route } = verdict;
  const redirector = redirectors.find((candidate) => candidate.node === route.deciding?.node) ?? redirectors[0];
  if (redirector !== undefined) {
    return { bdf: shortBdf(redirector.bdf), control: redirector.acsControl, offset: redirector.registerOffset };
  }
  const way = [route.deciding?.node, ...verdict.clientChain, ...verdict.providerChain];
  const port = way
    .map((node) => machine?.functions.find((fn) => fn.id === node))
    .find((fn) => fn?.acsControl !== undefined);
  if (port?.acsControl === undefined || port.bdf === undefined) return undefined;
  return { bdf: shortBdf(port.bdf), control: port.acsControl, offset: undefined };
}

/** ACS Control of the deciding port, bit by bit; set redirect bits are inverted. */
export function AcsRow({ verdict }: { readonly verdict: PeerVerdict }) {
  const { machine } = useLane('direct');
  const register = registerOf(verdict, machine);
  if (register === undefined) return <p className="muted">No port on this path has an ACS capability.</p>;
  const value = `0x${hex(register.control, 4)}`;
  return (
    <section aria-labelledby="acs-title">
      <header className="section-head">
        <h3 id="acs-title">{`ACS Control of ${register.bdf}`}</h3>
        <code>{register.offset === undefined ? value : `${hex(register.offset, 3).toUpperCase()}h = ${value}`}</code>
      </header>
      <table className="acs-bits">
        <thead>
          <tr>
            {BITS.map((bit, index) => (
              <th key={bit.name} scope="col">
                {BITS.length - 1 - index}
                <span className="visually-hidden"> {bit.long}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            {BITS.map((bit) => {
              const mask = ACS_BITS[bit.name];
              const on = (register.control & mask) !== 0;
              const redirects = on && (mask & ACS_REDIRECT_MASK) !== 0;
              return (
                <td key={bit.name} className={redirects ? 'bit-redirect' : on ? 'bit-on' : 'bit-off'} title={bit.long}>
                  {on ? 1 : 0}
                </td>
              );
            })}
          </tr>
        </tbody>
        <tfoot aria-hidden="true">
          <tr>
            {BITS.map((bit) => (
              <td
                key={bit.name}
                className={
                  (register.control & ACS_BITS[bit.name] & ACS_REDIRECT_MASK) !== 0 ? 'bit-name-on' : undefined
                }
              >
                {bit.short}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

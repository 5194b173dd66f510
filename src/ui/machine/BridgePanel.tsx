import { useId } from 'react';
import type { HostBridgeSpec } from '../../core/pcie/machineSpec.ts';
import type { HostBridgeBelief } from '../../core/pcie/verdict.ts';
import { BRIDGE_PARAMETERS, PEER_PRESETS, peerPresetOf, setPeerToPeer } from '../../store/bridgeParameters.ts';
import { useDocument, useLane } from '../model.ts';
import { ParameterList } from './ParameterField.tsx';

function beliefWords(belief: HostBridgeBelief | undefined, cpuRulePasses: boolean | undefined): string {
  if (cpuRulePasses === true) return 'Trusted: an AMD processor from Zen on is enough, no list is asked (D-15).';
  if (belief === undefined) return 'Not asked: this pair does not pass it.';
  const who = belief.representative ?? 'no function stands for it';
  if (!belief.whitelisted) return `Not on the kernel’s list: ${who}. Pairs that meet here are refused.`;
  return belief.sameOnly
    ? `On the kernel’s list for pairs below this one host bridge: ${who}.`
    : `On the kernel’s list: ${who}.`;
}

function Presets({ bridge }: { readonly bridge: HostBridgeSpec }) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const current = peerPresetOf(document, bridge.id);
  return (
    <fieldset className="preset-row">
      <legend className="visually-hidden">{`Presets for ${bridge.name}`}</legend>
      {PEER_PRESETS.map((preset) => (
        <button
          key={preset.id}
          type="button"
          className="button small"
          aria-pressed={preset.id === current?.id}
          title={preset.note}
          onClick={() =>
            edit(
              `${bridge.name}: ${preset.label}`,
              setPeerToPeer(document, bridge.id, preset.peer(document, bridge.id)),
            )
          }
        >
          {preset.label}
        </button>
      ))}
      <p className="hint">{current?.note ?? 'Set by hand.'}</p>
    </fieldset>
  );
}

function Bridge({ bridge }: { readonly bridge: HostBridgeSpec }) {
  const id = useId();
  const { machine } = useLane('direct');
  const belief = machine?.verdict?.hostBridges.find((row) => row.hostBridge === bridge.id);
  return (
    <section aria-labelledby={id} className="bridge">
      <h2 id={id}>{bridge.name}</h2>
      <dl className="belief">
        <div>
          <dt>The kernel believes</dt>
          <dd>{beliefWords(belief, machine?.verdict?.cpuRulePasses)}</dd>
        </div>
        <div>
          <dt>The hardware does</dt>
          <dd>
            <Presets bridge={bridge} />
          </dd>
        </div>
      </dl>
      <ParameterList rows={BRIDGE_PARAMETERS} node={bridge.id} where={bridge.name} />
    </section>
  );
}

/** Belief and truth of every root complex, side by side: they are set apart on purpose. */
export function BridgePanel() {
  const bridges = useDocument((state) => state.document.hostBridges);
  return (
    <div className="side-scroll machine-panel">
      {bridges.map((bridge) => (
        <Bridge key={bridge.id} bridge={bridge} />
      ))}
    </div>
  );
}

import { useMemo, useState } from 'react';
import '../styles/why.css';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../../core/pcie/verdict.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { RouteOverlay } from '../../render/sceneHandle.ts';
import { takenRoute, type RouteKind } from '../../store/whyRoute.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { useDocument, useLane, useModel, useView } from '../model.ts';
import { useAnswer, type Answer } from '../useAnswer.ts';
import { SceneFoot } from '../scene/SceneFoot.tsx';
import { SceneView } from '../scene/SceneView.tsx';
import { SidePanel } from '../shell/SidePanel.tsx';
import { SheetButton } from '../watch/WatchView.tsx';
import { Segmented } from '../widgets/Segmented.tsx';
import { PairMatrix } from './PairMatrix.tsx';
import { WhyPanel } from './WhyPanel.tsx';

export interface Pair {
  readonly client: NodeId;
  readonly provider: NodeId;
}

/** The pair the transfer itself asks for: the machine's own answer if it has one, else source moves, destination holds. */
function transferPair(document: TopologyDocument, machine: MachineDescription | undefined): Pair {
  const { verdict } = machine ?? {};
  return verdict === undefined
    ? { client: document.transfer.from, provider: document.transfer.to }
    : { client: verdict.client, provider: verdict.provider };
}

export type VerdictAnswer = Answer<PeerVerdict>;

function useVerdict(pair: Pair, machine: MachineDescription | undefined): VerdictAnswer {
  const { simulation } = useModel();
  const { provider, client } = pair;
  const ask = useMemo(
    () => (machine === undefined ? undefined : () => simulation.session.verdict('direct', provider, client)),
    [simulation, machine, provider, client],
  );
  return useAnswer(ask);
}

/** The route of the requests or of the data that comes back, drawn over the scene, with what decided or ended it. */
export function overlayOf(verdict: PeerVerdict, drawn: RouteKind): RouteOverlay {
  const { deciding } = verdict.route;
  const { hops, stop } = takenRoute(verdict, drawn);
  // What sent packets to where they are stopped is named beside the stop; what they never came to is not.
  const isBoth = hops.some((hop) => hop.node === deciding?.node) && deciding?.node !== stop?.node;
  const callout =
    stop !== undefined && !isBoth
      ? { node: stop.node, callout: `${stop.words}\n${stop.reason}` }
      : deciding && { node: deciding.node, callout: `${deciding.register}\n${deciding.reason}` };
  return {
    hops,
    ...(callout === undefined ? {} : { deciding: callout }),
    ...(stop === undefined ? {} : { end: { node: stop.node, words: stop.words } }),
  };
}

/** Which path the bytes of any pair take, and which register decided it. */
export function WhyView() {
  const document = useDocument((state) => state.document);
  const chosen = useView((state) => state.pair);
  const set = useView((state) => state.set);
  const { machine } = useLane('direct');
  const own = useMemo(() => transferPair(document, machine), [document, machine]);
  const exists = (node: NodeId): boolean => document.functions.some((fn) => fn.id === node);
  const pair = chosen !== undefined && exists(chosen.client) && exists(chosen.provider) ? chosen : own;
  const state = useVerdict(pair, machine);
  const [drawn, setDrawn] = useState<RouteKind>('write');
  const overlay = useMemo(() => (state.kind === 'answer' ? overlayOf(state.value, drawn) : undefined), [state, drawn]);
  const onPair = (next: Pair): void => set({ pair: next });
  return (
    <div className="why">
      <section className="scene-area" aria-label="Machine">
        <SceneView lane="direct" density="full" label="The machine with the route in question" route={overlay} />
        <SheetButton />
        <SceneFoot>
          <div className="route-choice">
            <span>Drawn</span>
            <Segmented
              label="Route drawn"
              value={drawn}
              options={[
                { value: 'write', label: 'Writes go' },
                { value: 'readData', label: 'Read data comes' },
              ]}
              onChange={setDrawn}
            />
          </div>
        </SceneFoot>
      </section>
      <PairMatrix pair={pair} onPair={onPair} />
      <SidePanel label="Why">
        <WhyPanel pair={pair} state={state} onPair={onPair} />
      </SidePanel>
    </div>
  );
}

import { useMemo, useState } from 'react';
import '../styles/machine.css';
import '../styles/parameters.css';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { useDocument, useLane, useView } from '../model.ts';
import { LaneTrouble } from '../race/LaneTrouble.tsx';
import { SceneView } from '../scene/SceneView.tsx';
import { SidePanel } from '../shell/SidePanel.tsx';
import { SheetButton } from '../watch/WatchView.tsx';
import { Tabs } from '../widgets/Tabs.tsx';
import { BridgePanel } from './BridgePanel.tsx';
import { ChangeBanner } from './ChangeBanner.tsx';
import { FunctionPanel } from './FunctionPanel.tsx';
import { HostPanel } from './HostPanel.tsx';
import { PortTable } from './PortTable.tsx';

type PanelTab = 'host' | 'bridge' | 'function';

function PolicyPanel() {
  const document = useDocument((state) => state.document);
  const selection = useView((state) => state.selection);
  const [tab, setTab] = useState<PanelTab>('host');
  const fn = document.functions.find((candidate) => candidate.id === selection);
  const [seen, setSeen] = useState<NodeId>();
  // What is picked in the scene or in the table comes to the front.
  if (seen !== selection) {
    setSeen(selection);
    if (fn !== undefined) setTab('function');
    else if (document.hostBridges.some((bridge) => bridge.id === selection)) setTab('bridge');
  }
  return (
    <Tabs
      label="Policy"
      tabs={[
        { id: 'host', label: 'Host' },
        { id: 'bridge', label: document.hostBridges.length === 1 ? 'Root complex' : 'Root complexes' },
        { id: 'function', label: fn === undefined ? 'Port' : fn.name },
      ]}
      current={tab}
      onChange={setTab}
    >
      {tab === 'host' ? <HostPanel /> : tab === 'bridge' ? <BridgePanel /> : <FunctionPanel fn={fn} />}
    </Tabs>
  );
}

/** What the machine is made of and which policy governs it; every change is enumerated and its effect shown. */
export function MachineView() {
  const { machine, status } = useLane('direct');
  const hops = machine?.verdict?.route.write;
  const route = useMemo(() => (hops === undefined ? undefined : { hops }), [hops]);
  return (
    <div className="machine">
      <ChangeBanner />
      <section className="scene-area" aria-label="Machine">
        <SceneView
          lane="direct"
          density="full"
          label="The machine with the route of the transfer’s pair"
          route={route}
        />
        {/* That Linux refuses the pair stands above; a machine that cannot be built has its reason here. */}
        {status === 'failed' ? <LaneTrouble lane="direct" brief /> : undefined}
        <SheetButton />
      </section>
      <PortTable />
      <SidePanel label="Policy">
        <PolicyPanel />
      </SidePanel>
    </div>
  );
}

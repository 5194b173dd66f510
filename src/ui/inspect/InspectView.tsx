import { useEffect } from 'react';
import '../styles/watch.css';
import '../styles/memory.css';
import '../styles/inspect.css';
import { wayWords } from '../../store/words.ts';
import { useInspect, useLane, useModel, useView } from '../model.ts';
import { Segmented } from '../widgets/Segmented.tsx';
import { ConfigPanel } from './ConfigPanel.tsx';
import { PacketPanel } from './PacketPanel.tsx';
import { TlpDetail } from './TlpDetail.tsx';

/** Packets, the bits of one of them, and the registers that decide where they go. */
export function InspectView() {
  const laneId = useView((state) => state.lane);
  const set = useView((state) => state.set);
  const lane = useLane(laneId);
  const isFilm = useInspect((state) => state.configTab === 'film');
  const { inspect } = useModel();
  useEffect(() => {
    const { configTab, selected, filmSince, set: change } = inspect.getState();
    // Something was selected elsewhere meanwhile: that is what is to be seen now.
    if (configTab === 'film' && selected !== filmSince) change({ configTab: 'registers' });
  }, [inspect]);
  // The boot is over before the first packet: nothing else is there to look at.
  if (isFilm) {
    return (
      <div className="inspect inspect-film">
        <ConfigPanel lane={lane} laneId={laneId} />
      </div>
    );
  }
  return (
    <div className="inspect">
      <PacketPanel lane={lane} />
      <ConfigPanel lane={lane} laneId={laneId} />
      <TlpDetail lane={lane} />
      <div className="inspect-machine">
        <Segmented
          label="Machine"
          value={laneId}
          options={[
            { value: 'direct', label: `${wayWords('p2p').name} machine` },
            { value: 'bounced', label: `${wayWords('bounce').name} machine` },
          ]}
          onChange={(value) => set({ lane: value })}
        />
      </div>
    </div>
  );
}

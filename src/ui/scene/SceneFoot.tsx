import type { ReactNode } from 'react';
import { Maximize, Minus, Plus } from 'lucide-react';
import { useView } from '../model.ts';
import { FlowSwatch } from '../widgets/FlowSwatch.tsx';
import { LegendButton, LoadLegend } from './Legend.tsx';

const ZOOMS = [
  { wishes: 'zoomOut', name: 'Zoom out', keys: '−', Icon: Minus },
  { wishes: 'zoomIn', name: 'Zoom in', keys: '+', Icon: Plus },
  { wishes: 'fit', name: 'Fit', keys: 'F', Icon: Maximize },
] as const;

interface SceneFootProps {
  /** Instead of the lines of a link's load. */
  readonly children?: ReactNode;
  /** Instead of all legends. */
  readonly instead?: ReactNode;
}

function Shapes() {
  return (
    <ul className="legend" aria-label="Legend">
      <li>
        <FlowSwatch flow="p2p" />
        P2P write
      </li>
      <li>
        <FlowSwatch flow="bounce" />
        Bounce
      </li>
      <li>
        <FlowSwatch flow="completion" />
        Completion
      </li>
      <li>
        <FlowSwatch flow="dllp" />
        Ack, UpdateFC
      </li>
    </ul>
  );
}

/** What the shapes mean, how full links are, and zoom. */
export function SceneFoot({ children, instead }: SceneFootProps) {
  const wish = useView((state) => state.wish);
  return (
    <div className="scene-foot">
      {instead ?? (
        <>
          <Shapes />
          {children ?? <LoadLegend />}
        </>
      )}
      <span className="scene-foot-gap" />
      <LegendButton />
      <fieldset className="zoom">
        <legend className="visually-hidden">Zoom</legend>
        {ZOOMS.map(({ wishes, name, keys, Icon }) => (
          <button
            key={wishes}
            type="button"
            className="icon-button small"
            aria-label={name}
            title={`${name} (${keys})`}
            onClick={() => wish(wishes)}
          >
            <Icon size={15} aria-hidden="true" />
          </button>
        ))}
      </fieldset>
    </div>
  );
}

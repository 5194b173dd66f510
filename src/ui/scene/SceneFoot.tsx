import type { ReactNode } from 'react';
import { Maximize, Minus, Plus } from 'lucide-react';
import { useView } from '../model.ts';
import { FlowSwatch } from '../widgets/FlowSwatch.tsx';

const ZOOMS = [
  { wishes: 'zoomOut', name: 'Zoom out', keys: '−', Icon: Minus },
  { wishes: 'zoomIn', name: 'Zoom in', keys: '+', Icon: Plus },
  { wishes: 'fit', name: 'Fit', keys: 'F', Icon: Maximize },
] as const;

interface SceneFootProps {
  /** Instead of the sentence on how to read the lanes. */
  readonly children?: ReactNode;
}

/** What the shapes mean, how to read the lanes, and zoom. */
export function SceneFoot({ children }: SceneFootProps) {
  const wish = useView((state) => state.wish);
  return (
    <div className="scene-foot">
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
      {children ?? <p>One hairline is one lane. Traffic keeps right. Link figures: GB/s on the wire.</p>}
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

import {
  Activity,
  AudioWaveform,
  Binary,
  ChartScatter,
  ChartSpline,
  Columns2,
  Keyboard,
  ListTree,
  PencilRuler,
  Route,
  Settings2,
  SlidersHorizontal,
  Split,
  Unplug,
  type LucideIcon,
} from 'lucide-react';
import { actionById, viewName } from '../../store/actions.ts';
import { VIEW_GROUPS, type View } from '../../store/urlState.ts';
import { useAction, useView } from '../model.ts';
import { BrandMark } from './Brand.tsx';

const VIEW_ICONS: Readonly<Record<View, LucideIcon>> = {
  race: Columns2,
  watch: Activity,
  why: Route,
  memory: Binary,
  inspect: ListTree,
  charts: AudioWaveform,
  edit: PencilRuler,
  machine: SlidersHorizontal,
  flows: Split,
  sweep: ChartSpline,
  faults: Unplug,
  validation: ChartScatter,
};

/** What can be looked at, and below it what belongs to the page. */
export function Rail() {
  const current = useView((state) => state.view);
  const perform = useAction();
  return (
    <nav className="rail" aria-label="Views">
      <span className="rail-brand">
        <BrandMark />
      </span>
      {VIEW_GROUPS.map((views) => (
        <ul key={views[0]} className="rail-group">
          {views.map((view) => {
            const Icon = VIEW_ICONS[view];
            return (
              <li key={view}>
                <button
                  type="button"
                  className="rail-button"
                  aria-current={view === current ? 'page' : undefined}
                  onClick={() => perform(actionById(`view-${view}`))}
                >
                  <Icon size={19} strokeWidth={1.75} aria-hidden="true" />
                  <span>{viewName(view)}</span>
                </button>
              </li>
            );
          })}
        </ul>
      ))}
      <ul className="rail-foot">
        <li>
          <button type="button" className="rail-button" onClick={() => perform(actionById('keys'))}>
            <Keyboard size={19} strokeWidth={1.75} aria-hidden="true" />
            <span>Keys</span>
          </button>
        </li>
        <li>
          <button type="button" className="rail-button" onClick={() => perform(actionById('settings'))}>
            <Settings2 size={19} strokeWidth={1.75} aria-hidden="true" />
            <span>Settings</span>
          </button>
        </li>
      </ul>
    </nav>
  );
}

import '../styles/edit.css';
import '../styles/machine.css';
import '../styles/parameters.css';
import { SidePanel } from '../shell/SidePanel.tsx';
import { SheetButton } from '../watch/WatchView.tsx';
import { Checks } from './Checks.tsx';
import { EditScene } from './EditScene.tsx';
import { EmptyMachine } from './EmptyMachine.tsx';
import { History } from './History.tsx';
import { Palette } from './Palette.tsx';
import { Properties } from './Properties.tsx';
import { RunBanner } from './RunBanner.tsx';
import { SceneSearch } from './SceneSearch.tsx';
import { useDesk } from './useEditor.ts';

/** The machine as something to build: parts, places, properties, what the rules say, and every step back. */
export function EditView() {
  const paletteOpen = useDesk((state) => state.paletteOpen);
  return (
    <div className={paletteOpen ? 'edit' : 'edit edit-wide'}>
      <Palette />
      <section className="scene-area" aria-label="Machine">
        <EditScene />
        <EmptyMachine />
        <SceneSearch />
        <RunBanner />
        <SheetButton />
      </section>
      <Checks />
      <History />
      <SidePanel label="Properties">
        <Properties />
      </SidePanel>
    </div>
  );
}

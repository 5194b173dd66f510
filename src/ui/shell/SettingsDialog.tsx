import type { AnnouncementChoice, MotionChoice, ThemeChoice } from '../../store/preferences.ts';
import { presets } from '../../topology/presets/presets.ts';
import { useDocument, usePreferences } from '../model.ts';
import { Dialog } from '../widgets/Dialog.tsx';
import { Segmented } from '../widgets/Segmented.tsx';

const THEMES: readonly { readonly value: ThemeChoice; readonly label: string }[] = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

const MOTIONS: readonly { readonly value: MotionChoice; readonly label: string }[] = [
  { value: 'system', label: 'System' },
  { value: 'reduced', label: 'Reduced' },
  { value: 'full', label: 'Full' },
];

const ANNOUNCEMENTS: readonly { readonly value: AnnouncementChoice; readonly label: string }[] = [
  { value: 'all', label: 'Everything' },
  { value: 'brief', label: 'Brief' },
];

/** How this person likes the page. */
export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const { theme, motion, announcements } = usePreferences((state) => state.preferences);
  const change = usePreferences((state) => state.change);
  const reset = usePreferences((state) => state.reset);
  const open = useDocument((state) => state.open);
  const first = presets[0];
  const startOver = (): void => {
    reset();
    if (first !== undefined) open('Start over', first.document, { from: 'preset', preset: first.id });
    onClose();
  };
  return (
    <Dialog
      title="Settings"
      subtitle="Kept in this browser only."
      onClose={onClose}
      footer={
        <>
          <p>Opens the default machine and forgets these settings. Undo brings the machine back.</p>
          <button type="button" className="button" onClick={startOver}>
            Start over
          </button>
        </>
      }
    >
      <div className="settings">
        <div className="setting">
          <h3>Theme</h3>
          <Segmented label="Theme" options={THEMES} value={theme} onChange={(value) => change({ theme: value })} />
        </div>
        <div className="setting">
          <div>
            <h3>Motion</h3>
            <p>Reduced: nothing drifts, figures change twice a second.</p>
          </div>
          <Segmented label="Motion" options={MOTIONS} value={motion} onChange={(value) => change({ motion: value })} />
        </div>
        <div className="setting">
          <div>
            <h3>Announcements</h3>
            <p>For screen readers, at most once a second. Brief: ends, stops, faults and errors only.</p>
          </div>
          <Segmented
            label="Announcements"
            options={ANNOUNCEMENTS}
            value={announcements}
            onChange={(value) => change({ announcements: value })}
          />
        </div>
      </div>
    </Dialog>
  );
}

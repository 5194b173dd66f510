import { Ellipsis, Import, Moon, Redo2, Sun, SunMoon, Undo2, type LucideIcon } from 'lucide-react';
import { actionById } from '../../store/actions.ts';
import type { ThemeChoice } from '../../store/preferences.ts';
import { useAction, useDocument, usePreferences } from '../model.ts';
import { NARROW_QUERY, useMedia } from '../useMedia.ts';
import { Popover, useClosePopover } from '../widgets/Popover.tsx';
import { MachineMenu } from './MachineMenu.tsx';
import { StatusChips } from './StatusChips.tsx';
import { Transport } from './Transport.tsx';

const THEMES: readonly { readonly theme: ThemeChoice; readonly label: string; readonly icon: LucideIcon }[] = [
  { theme: 'system', label: 'Theme: as the system', icon: SunMoon },
  { theme: 'light', label: 'Theme: light', icon: Sun },
  { theme: 'dark', label: 'Theme: dark', icon: Moon },
];

function UndoButtons() {
  const perform = useAction();
  const undone = useDocument((state) => state.past.at(-1)?.label);
  const redone = useDocument((state) => state.future.at(-1)?.label);
  return (
    <>
      <button
        type="button"
        className="icon-button"
        disabled={undone === undefined}
        aria-label={undone === undefined ? 'Undo' : `Undo: ${undone}`}
        title={undone === undefined ? 'Nothing to undo' : `Undo: ${undone}`}
        onClick={() => perform(actionById('undo'))}
      >
        <Undo2 size={17} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button"
        disabled={redone === undefined}
        aria-label={redone === undefined ? 'Redo' : `Redo: ${redone}`}
        title={redone === undefined ? 'Nothing to redo' : `Redo: ${redone}`}
        onClick={() => perform(actionById('redo'))}
      >
        <Redo2 size={17} aria-hidden="true" />
      </button>
    </>
  );
}

/** Goes round system, light and dark. */
function useNextTheme(): { readonly label: string; readonly Icon: LucideIcon; readonly next: () => void } {
  const theme = usePreferences((state) => state.preferences.theme);
  const change = usePreferences((state) => state.change);
  const index = THEMES.findIndex((row) => row.theme === theme);
  const row = THEMES[index];
  return {
    label: row?.label ?? 'Theme',
    Icon: row?.icon ?? SunMoon,
    next: () => change({ theme: THEMES[(index + 1) % THEMES.length]?.theme ?? 'system' }),
  };
}

function MoreMenu() {
  const perform = useAction();
  const close = useClosePopover();
  const theme = useNextTheme();
  return (
    <div className="menu">
      <button
        type="button"
        className="menu-row"
        onClick={() => {
          close();
          perform(actionById('import'));
        }}
      >
        <Import size={16} aria-hidden="true" />
        Import a machine
      </button>
      <button type="button" className="menu-row" onClick={theme.next}>
        <theme.Icon size={16} aria-hidden="true" />
        {theme.label}
      </button>
    </div>
  );
}

function PageTools() {
  const perform = useAction();
  const theme = useNextTheme();
  const narrow = useMedia(NARROW_QUERY);
  if (narrow) {
    return (
      <Popover button={<Ellipsis size={18} aria-hidden="true" />} buttonClass="icon-button" label="More" align="end">
        <MoreMenu />
      </Popover>
    );
  }
  return (
    <>
      <button type="button" className="icon-button" aria-label={theme.label} title={theme.label} onClick={theme.next}>
        <theme.Icon size={17} aria-hidden="true" />
      </button>
      <button type="button" className="button" onClick={() => perform(actionById('import'))}>
        <Import size={16} aria-hidden="true" />
        Import
      </button>
    </>
  );
}

/** Machine, transport, clock, speed, undo, theme, import. */
export function TopBar() {
  return (
    <header className="top-bar">
      <div className="top-left">
        <h1 className="brand-name">Peerlane</h1>
        <span className="top-slash" aria-hidden="true">
          /
        </span>
        <MachineMenu />
      </div>
      <Transport />
      <div className="top-right">
        <StatusChips />
        <UndoButtons />
        <span className="top-rule" aria-hidden="true" />
        <PageTools />
      </div>
    </header>
  );
}

import { useSyncExternalStore } from 'react';
import { usePreferences, useModel } from './model.ts';

/** Whether a media query holds, followed as it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Whether bands and packets should stand still: the system's wish unless this person chose otherwise; always in tests. */
export function useReducedMotion(): boolean {
  const { url } = useModel();
  const choice = usePreferences((state) => state.preferences.motion);
  const system = useMedia('(prefers-reduced-motion: reduce)');
  return url.testing || (choice === 'system' ? system : choice === 'reduced');
}

/** The same wish without what tests add to it. */
export function useReducedWish(): boolean {
  const choice = usePreferences((state) => state.preferences.motion);
  const system = useMedia('(prefers-reduced-motion: reduce)');
  return choice === 'system' ? system : choice === 'reduced';
}

/** Widths at which the page changes (design README, section 7). Paper is narrow, and no reason to change. */
export const NARROW_QUERY = 'screen and (max-width: 1279.98px)';
export const VIEWER_QUERY = 'screen and (max-width: 1023.98px)';

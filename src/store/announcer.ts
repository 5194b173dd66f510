/* What happened, in one sentence, for the one polite live region of the page. */
import { createStore, type StoreApi } from 'zustand/vanilla';

export interface Announcement {
  readonly sentence: string;
  /** Increases, so that the same sentence twice is two announcements. */
  readonly serial: number;
}

export type Announcer = StoreApi<Announcement> & { readonly say: (sentence: string) => void };

export function createAnnouncer(): Announcer {
  const store = createStore<Announcement>()(() => ({ sentence: '', serial: 0 }));
  return { ...store, say: (sentence) => store.setState({ sentence, serial: store.getState().serial + 1 }) };
}

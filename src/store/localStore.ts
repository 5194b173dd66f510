/*
 * Text kept in this browser between visits. Storage may be missing (private mode), full, or written by
 * another version; every caller gets told and decides, nothing throws.
 */

export type WriteOutcome = 'written' | 'full' | 'unavailable';

export interface LocalStore {
  read(key: string): string | undefined;
  write(key: string, text: string): WriteOutcome;
  remove(key: string): void;
}

/** A store that lasts as long as the page: for tests, `?testing=1`, and where the browser offers none. */
export function pageStore(): LocalStore {
  const entries = new Map<string, string>();
  return {
    read: (key) => entries.get(key),
    write: (key, text) => {
      entries.set(key, text);
      return 'written';
    },
    remove: (key) => void entries.delete(key),
  };
}

/** The browser's own storage. */
export function browserStore(storage: Storage | undefined): LocalStore {
  return {
    read: (key) => storage?.getItem(key) ?? undefined,
    write: (key, text) => {
      if (storage === undefined) return 'unavailable';
      try {
        storage.setItem(key, text);
        return 'written';
      } catch (failure) {
        return failure instanceof DOMException && failure.name === 'QuotaExceededError' ? 'full' : 'unavailable';
      }
    },
    remove: (key) => storage?.removeItem(key),
  };
}

/** localStorage, if this browser lets the page have it: merely touching it can throw. */
export function openBrowserStore(): LocalStore {
  let storage: Storage | undefined;
  try {
    storage = window.localStorage;
  } catch {
    storage = undefined;
  }
  return browserStore(storage);
}

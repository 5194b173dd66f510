import { useCallback, useState, type RefCallback } from 'react';

/**
 * Something outside React that lives in one element: made when the element appears, disposed when it goes.
 * @param make must be stable (useCallback or module level); a new one makes a new handle.
 */
export function useHandle<Handle extends { dispose(): void }>(
  make: (container: HTMLElement) => Handle,
): readonly [Handle | undefined, RefCallback<HTMLElement>] {
  const [handle, setHandle] = useState<Handle>();
  const attach = useCallback(
    (container: HTMLElement | null) => {
      if (container === null) return undefined;
      const made = make(container);
      setHandle(made);
      return () => {
        setHandle(undefined);
        made.dispose();
      };
    },
    [make],
  );
  return [handle, attach];
}

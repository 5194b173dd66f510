import { useEffect, useState } from 'react';
import { failureOf } from '../store/session.ts';

export type Answer<T> =
  | { readonly kind: 'asking' }
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'failed'; readonly message: string };

const ASKING = { kind: 'asking' } as const;

/**
 * The answer to a question that takes a moment. A new `ask` is a new question; answers to older ones are ignored.
 * @param ask must be stable (useCallback); undefined = nothing can be asked yet.
 */
export function useAnswer<T>(ask: (() => Promise<T>) | undefined): Answer<T> {
  const [state, setState] = useState<{ readonly to: unknown; readonly answer: Answer<T> }>({
    to: undefined,
    answer: ASKING,
  });
  useEffect(() => {
    if (ask === undefined) return undefined;
    let stale = false;
    ask().then(
      (value) => !stale && setState({ to: ask, answer: { kind: 'answer', value } }),
      (thrown: unknown) =>
        !stale && setState({ to: ask, answer: { kind: 'failed', message: failureOf(thrown).message } }),
    );
    return () => {
      stale = true;
    };
  }, [ask]);
  return ask !== undefined && state.to === ask ? state.answer : ASKING;
}

import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { failureOf } from '../../../store/session.ts';
import { Film } from '../../../store/film.ts';
import { FilmPlayer } from '../../../store/filmPlayer.ts';
import type { RunWay } from '../../../engine/protocol.ts';
import { useDocument, useModel } from '../../model.ts';

export type FilmState =
  | { readonly kind: 'booting'; readonly since_ms: number }
  | { readonly kind: 'ready'; readonly player: FilmPlayer; readonly took_ms: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'cancelled' };

interface Shown {
  readonly question: object;
  readonly state: FilmState;
}

/**
 * Boots the document once more in an engine of its own, which is closed when it has answered, and makes a film of what
 * its software did.
 */
export function useFilm(way: RunWay): {
  readonly state: FilmState;
  readonly cancel: () => void;
  readonly again: () => void;
} {
  const { makeClient, url } = useModel();
  const document = useDocument((state) => state.document);
  const [tries, setTries] = useState(0);
  // One object for each question, so that late answers to others are known.
  // oxlint-disable-next-line react/exhaustive-deps
  const question = useMemo(() => ({ since_ms: performance.now() }), [document, way, tries]);
  const [shown, setShown] = useState<Shown>();
  const stop = useRef<() => void>(undefined);
  useEffect(() => {
    const client = makeClient();
    let isOver = false;
    const answer = (state: FilmState): void => {
      if (!isOver) setShown({ question, state });
      isOver = true;
      client.dispose();
    };
    stop.current = () => answer({ kind: 'cancelled' });
    client.enumeration(document, document.transfer, way, url.seed).then(
      (recording) => {
        const player = new FilmPlayer(new Film(recording));
        answer({ kind: 'ready', player, took_ms: performance.now() - question.since_ms });
      },
      (thrown: unknown) => answer({ kind: 'failed', message: failureOf(thrown).message }),
    );
    return () => {
      isOver = true;
      client.dispose();
    };
  }, [makeClient, document, way, url.seed, question]);
  const cancel = useCallback(() => stop.current?.(), []);
  const again = useCallback(() => setTries((before) => before + 1), []);
  const state = shown?.question === question ? shown.state : { kind: 'booting' as const, since_ms: question.since_ms };
  return { state, cancel, again };
}

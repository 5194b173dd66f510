import '../../styles/film.css';
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { countText, fixedText, integerText } from '../../../base/format.ts';
import type { FilmPlayer } from '../../../store/filmPlayer.ts';
import type { LaneState } from '../../../store/session.ts';
import { useDocument, useModel } from '../../model.ts';
import { nodeName } from '../../names.ts';
import { useEvery } from '../../widgets/Live.tsx';
import { treeRows } from './filmFacts.ts';
import { FilmMap } from './FilmMap.tsx';
import { FilmStep } from './FilmStep.tsx';
import { FilmSteps } from './FilmSteps.tsx';
import { FilmTransport, phaseRuns } from './FilmTransport.tsx';
import { FilmTree } from './FilmTree.tsx';
import { useFilm } from './useFilm.ts';

const PLAY_HZ = 20;
const WAIT_HZ = 4;
const MS_PER_SECOND = 1000;
/** Before this nothing is said: most machines boot at once. */
const SILENT_MS = 300;

function Booting({ since_ms, onCancel }: { readonly since_ms: number; readonly onCancel: () => void }) {
  const [passed_ms, setPassed] = useState(0);
  useEvery(WAIT_HZ, () => setPassed(performance.now() - since_ms));
  const functions = useDocument((state) => state.document.functions.length);
  if (passed_ms < SILENT_MS) return <p className="empty">The machine boots once more, with a recorder.</p>;
  return (
    <div className="film-waiting">
      <p>
        {`The machine boots once more, with a recorder: ${countText(functions, 'function')}, `}
        <output>{`${fixedText(passed_ms / MS_PER_SECOND, 1)} s so far.`}</output>
      </p>
      <button type="button" className="button small" onClick={onCancel}>
        Cancel
      </button>
    </div>
  );
}

interface FilmBodyProps {
  readonly player: FilmPlayer;
  readonly lane: LaneState;
  readonly took_ms: number;
}

function FilmBody({ player, lane, took_ms }: FilmBodyProps) {
  const { announcer } = useModel();
  const document = useDocument((state) => state.document);
  const place = useStore(player.store);
  const { film } = player;
  const rows = useMemo(() => treeRows(document, film), [document, film]);
  const phases = useMemo(() => phaseRuns(film), [film]);
  useEvery(PLAY_HZ, () => {
    if (!player.store.getState().isPlaying) return;
    player.advance(performance.now());
    if (!player.store.getState().isPlaying) announcer.say('The film has ended.');
  });
  const nameOf = (fn: number): string | undefined => {
    const node = film.recording.functions[fn]?.node;
    return node === undefined ? undefined : nodeName(document, node);
  };
  const seconds = took_ms > MS_PER_SECOND ? `, recorded in ${fixedText(took_ms / MS_PER_SECOND, 1)} s` : '';
  return (
    <div className="film">
      <FilmTransport player={player} place={place} phases={phases} />
      <FilmSteps player={player} rows={rows} nameOf={nameOf} />
      <div className="film-machine">
        <FilmTree film={film} rows={rows} machine={lane.machine} />
        <FilmMap film={film} rows={rows} machine={lane.machine} />
      </div>
      <FilmStep player={player} nameOf={nameOf} isPlaying={place.isPlaying} />
      <p className="film-foot">
        {`${countText(film.foundCount, 'function')} found of ${integerText(film.recording.functions.length)}. ${countText(place.done, 'request')} of ${integerText(film.length)} done${seconds}. All of this happens before time 0.`}
      </p>
    </div>
  );
}

/** Enumeration as a film: a boot of this document, recorded request by request. */
export function FilmPanel({ lane }: { readonly lane: LaneState }) {
  const { state, cancel, again } = useFilm(lane.way);
  switch (state.kind) {
    case 'booting':
      return <Booting since_ms={state.since_ms} onCancel={cancel} />;
    case 'ready':
      return <FilmBody player={state.player} lane={lane} took_ms={state.took_ms} />;
    default:
      return (
        <div className="film-waiting">
          <p>{state.kind === 'failed' ? state.message : 'Cancelled: nothing was recorded.'}</p>
          <button type="button" className="button small" onClick={again}>
            Record the boot
          </button>
        </div>
      );
  }
}

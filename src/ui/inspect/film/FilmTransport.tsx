import { Pause, Play, SkipBack, SkipForward, StepBack, StepForward } from 'lucide-react';
import { useId } from 'react';
import { integerText } from '../../../base/format.ts';
import { PHASE_OF, type Film, type FilmPhase } from '../../../store/film.ts';
import { FILM_SPEEDS, type FilmPlace, type FilmPlayer } from '../../../store/filmPlayer.ts';
import { PHASE_WORDS, stepTitle } from '../../../store/filmWords.ts';
import { Segmented } from '../../widgets/Segmented.tsx';

interface PhaseRun {
  readonly phase: FilmPhase;
  readonly first: number;
  readonly end: number;
}

/** Parts of the boot in their order: each host bridge is enumerated and given addresses on its own. */
export function phaseRuns(film: Film): readonly PhaseRun[] {
  const runs: PhaseRun[] = [];
  for (const step of film.steps) {
    const phase = PHASE_OF[step.routine];
    const last = runs.at(-1);
    if (last?.phase === phase) runs[runs.length - 1] = { ...last, end: step.end };
    else runs.push({ phase, first: step.first, end: step.end });
  }
  return runs;
}

interface FilmTransportProps {
  readonly player: FilmPlayer;
  readonly place: FilmPlace;
  readonly phases: readonly PhaseRun[];
}

function Buttons({ player, place }: Omit<FilmTransportProps, 'phases'>) {
  const { film } = player;
  const atStart = place.done === 0;
  const atEnd = place.done >= film.length;
  return (
    <div className="film-buttons">
      <button
        type="button"
        className="icon-button"
        aria-label="Start of the film"
        disabled={atStart}
        onClick={() => player.seek(0)}
      >
        <SkipBack size={16} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Back in the film"
        disabled={atStart}
        onClick={() => player.move(-1)}
      >
        <StepBack size={16} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button film-play"
        aria-label={place.isPlaying ? 'Pause the film' : 'Play the film'}
        onClick={() => (place.isPlaying ? player.pause() : player.play())}
      >
        {place.isPlaying ? <Pause size={16} aria-hidden="true" /> : <Play size={16} aria-hidden="true" />}
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="On in the film"
        disabled={atEnd}
        onClick={() => player.move(1)}
      >
        <StepForward size={16} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="End of the film"
        disabled={atEnd}
        onClick={() => player.seek(film.length)}
      >
        <SkipForward size={16} aria-hidden="true" />
      </button>
    </div>
  );
}

/** Buttons, speed, a slider over all steps, and the parts of the boot under it. */
export function FilmTransport({ player, place, phases }: FilmTransportProps) {
  const id = useId();
  const { film } = player;
  const step = film.steps[film.step];
  const words = step === undefined ? 'before the first request' : stepTitle(step);
  return (
    <section className="film-transport" aria-label="Film">
      <Buttons player={player} place={place} />
      <Segmented
        label="Move by"
        value={place.unit}
        options={[
          { value: 'step', label: 'Step' },
          { value: 'request', label: 'Request' },
        ]}
        onChange={(unit) => player.setUnit(unit)}
      />
      <label htmlFor={id} className="visually-hidden">
        Speed of the film
      </label>
      <select
        id={id}
        className="select"
        value={place.stepsPerSecond}
        onChange={(event) => player.setSpeed(Number(event.target.value))}
      >
        {FILM_SPEEDS.map((speed) => (
          <option key={speed} value={speed}>
            {speed === 1 ? '1 step per s' : `${speed} steps per s`}
          </option>
        ))}
      </select>
      <div className="film-scrub">
        <input
          type="range"
          aria-label="Place in the film"
          min={0}
          max={film.steps.length}
          value={film.step + 1}
          aria-valuetext={`step ${integerText(film.step + 1)} of ${integerText(film.steps.length)}, ${words}`}
          onChange={(event) => player.seekStep(Number(event.target.value) - 1)}
        />
        <div className="film-phases">
          {phases.map((run) => {
            const steps = film.stepOf(run.end - 1) - film.stepOf(run.first) + 1;
            const isCurrent = place.done > run.first && place.done <= run.end;
            return (
              <button
                key={run.first}
                type="button"
                style={{ flexGrow: steps }}
                aria-current={isCurrent ? 'true' : undefined}
                title={PHASE_WORDS[run.phase]}
                onClick={() => player.seekStep(film.stepOf(run.first))}
              >
                {PHASE_WORDS[run.phase]}
              </button>
            );
          })}
        </div>
      </div>
      <p className="film-count">
        {`Step ${integerText(film.step + 1)}`}
        <span>{`of ${integerText(film.steps.length)}`}</span>
      </p>
    </section>
  );
}

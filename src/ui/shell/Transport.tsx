import { Pause, Play, SkipBack, StepBack, StepForward } from 'lucide-react';
import { clockFigure, timeScaleText } from '../../base/format.ts';
import { PS_PER_US } from '../../base/units.ts';
import { actionById } from '../../store/actions.ts';
import { LANE_IDS } from '../../store/session.ts';
import { speedAt, SPEEDS } from '../../store/speeds.ts';
import type { StepUnit } from '../../engine/protocol.ts';
import { useAction, useModel, usePlayer, usePreferences, useSession } from '../model.ts';
import { LiveText } from '../widgets/Live.tsx';

const CLOCK_HZ = 30;
const STOPS_PER_DECADE = 3;

function PlayButton() {
  const phase = usePlayer((state) => state.phase);
  const loading = useSession((state) => LANE_IDS.some((id) => state.lanes[id].status === 'loading'));
  const perform = useAction();
  const playing = phase === 'playing';
  const label = playing ? 'Pause' : phase === 'finished' ? 'Play again' : 'Play';
  return (
    <button
      type="button"
      className="play-button"
      aria-label={label}
      title={`${label} (Space)`}
      disabled={phase === 'empty' && !loading}
      onClick={() => perform(actionById('play'))}
    >
      {playing ? (
        <Pause size={17} fill="currentColor" strokeWidth={0} aria-hidden="true" />
      ) : (
        <Play size={16} fill="currentColor" strokeWidth={0} aria-hidden="true" />
      )}
    </button>
  );
}

/** In the order of their size. */
const STEP_UNITS: readonly { readonly unit: StepUnit; readonly label: string }[] = [
  { unit: 'event', label: '1 event' },
  { unit: 'hop', label: '1 hop' },
  { unit: 'tlp', label: '1 TLP' },
  { unit: 'transaction', label: '1 transaction' },
];

function StepUnitSelect() {
  const { simulation } = useModel();
  const unit = usePlayer((state) => state.stepUnit);
  return (
    <select
      className="bare-select"
      aria-label="Step by"
      value={unit}
      title="What the step buttons move by"
      onChange={(event) => {
        const row = STEP_UNITS.find((candidate) => candidate.unit === event.target.value);
        if (row !== undefined) simulation.player.setStepUnit(row.unit);
      }}
    >
      {STEP_UNITS.map((row) => (
        <option key={row.unit} value={row.unit}>
          {row.label}
        </option>
      ))}
    </select>
  );
}

/** Simulated time to the nanosecond; the picoseconds only where time stands or passes slowly enough to read them. */
function Clock() {
  const { simulation } = useModel();
  const slow = usePreferences((state) => speedAt(state.preferences.speed) < PS_PER_US);
  const still = usePlayer((state) => state.phase !== 'playing');
  const { player } = simulation;
  return (
    <div className="clock" role="timer" aria-label="Simulated time">
      <LiveText className="clock-digits" hz={CLOCK_HZ} read={() => clockFigure(player.now_ps).toNanoseconds} />
      {slow || still ? (
        <LiveText className="clock-rest" hz={CLOCK_HZ} read={() => `\u202f${clockFigure(player.now_ps).picoseconds}`} />
      ) : undefined}
      <span className="unit">ms</span>
    </div>
  );
}

function SpeedSlider() {
  const speed = usePreferences((state) => state.preferences.speed);
  const change = usePreferences((state) => state.change);
  const reached = usePlayer((state) => state.reached_psPerSecond);
  const text = timeScaleText(speedAt(speed));
  return (
    <div className="speed">
      <div className="speed-track">
        <input
          type="range"
          min={0}
          max={SPEEDS.length - 1}
          step={1}
          value={speed}
          aria-label="Speed: simulated time per second"
          aria-valuetext={text}
          onChange={(event) => change({ speed: Number(event.target.value) })}
        />
        <svg
          className="speed-ticks"
          viewBox={`0 0 ${SPEEDS.length - 1} 1`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {SPEEDS.map((value, index) =>
            index % STOPS_PER_DECADE === 0 || value === Infinity ? (
              <line key={value} x1={index} x2={index} y1="0" y2="1" vectorEffect="non-scaling-stroke" />
            ) : undefined,
          )}
        </svg>
      </div>
      <span className="speed-text">
        {text}
        {reached === undefined ? undefined : (
          <span className="speed-reached" title="The engine is slower than asked; the clock waits for it.">
            {' '}
            reaches {timeScaleText(rounded(reached))}
          </span>
        )}
      </span>
    </div>
  );
}

/** Two significant digits: a measured speed is not more certain than that. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

/** Restart, step back, play, step, clock and speed. */
export function Transport() {
  const phase = usePlayer((state) => state.phase);
  const perform = useAction();
  return (
    <fieldset className="transport">
      <legend className="visually-hidden">Run</legend>
      <button
        type="button"
        className="icon-button"
        aria-label="Back to the start"
        title="Back to the start (Home)"
        disabled={phase === 'empty'}
        onClick={() => perform(actionById('restart'))}
      >
        <SkipBack size={17} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Step back"
        title="Step back (,)"
        disabled={phase === 'empty'}
        onClick={() => perform(actionById('stepBack'))}
      >
        <StepBack size={17} aria-hidden="true" />
      </button>
      <PlayButton />
      <button
        type="button"
        className="icon-button"
        aria-label="Step"
        title="Step (.)"
        disabled={phase === 'empty' || phase === 'finished'}
        onClick={() => perform(actionById('step'))}
      >
        <StepForward size={17} aria-hidden="true" />
      </button>
      <StepUnitSelect />
      <span className="top-rule" aria-hidden="true" />
      <Clock />
      <span className="top-rule" aria-hidden="true" />
      <SpeedSlider />
    </fieldset>
  );
}

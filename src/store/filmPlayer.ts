/* Where a film is and how it moves: by step, by request, or on its own at so many steps a second. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Film } from './film.ts';

/** Steps a second. */
export const FILM_SPEEDS = [1, 4, 16, 64, 256] as const;
export type FilmUnit = 'step' | 'request';

const MS_PER_SECOND = 1000;

export interface FilmPlace {
  /** Requests done. */
  readonly done: number;
  readonly isPlaying: boolean;
  readonly stepsPerSecond: number;
  readonly unit: FilmUnit;
}

export class FilmPlayer {
  readonly film: Film;
  readonly store: StoreApi<FilmPlace>;
  /** Part of a step that is due and not yet taken, while playing. */
  #owed = 0;
  /** When it was last asked to move on; undefined = not since it plays. */
  #last_ms: number | undefined;

  constructor(film: Film) {
    this.film = film;
    this.store = createStore<FilmPlace>()(() => ({
      done: film.done,
      isPlaying: false,
      stepsPerSecond: 4,
      unit: 'step',
    }));
  }

  /** Goes to right after so many requests and stays there. */
  seek(done: number): void {
    this.#go(done, false);
  }

  /** Goes to the end of a step and stays there. */
  seekStep(step: number): void {
    const found = this.film.steps[step];
    this.seek(step < 0 ? 0 : (found?.end ?? this.film.length));
  }

  /** One unit on or back. */
  move(by: 1 | -1): void {
    const { done, unit } = this.store.getState();
    if (unit === 'request') this.seek(done + by);
    else this.seek(this.#stepEnd(by));
  }

  setSpeed(stepsPerSecond: number): void {
    this.store.setState({ stepsPerSecond });
  }

  setUnit(unit: FilmUnit): void {
    this.store.setState({ unit });
  }

  /** Plays on; at the end from the start again. */
  play(): void {
    this.#owed = 0;
    this.#last_ms = undefined;
    const { done } = this.store.getState();
    this.#go(done >= this.film.length ? 0 : done, true);
  }

  pause(): void {
    this.store.setState({ isPlaying: false });
  }

  /** Takes the steps that are due; call it often while it plays, with the time on any clock. */
  advance(now_ms: number): void {
    const { isPlaying, stepsPerSecond } = this.store.getState();
    if (!isPlaying) return;
    this.#owed += ((now_ms - (this.#last_ms ?? now_ms)) * stepsPerSecond) / MS_PER_SECOND;
    this.#last_ms = now_ms;
    const steps = Math.floor(this.#owed);
    if (steps === 0) return;
    this.#owed -= steps;
    const next = this.film.steps[Math.min(this.film.step + steps, this.film.steps.length - 1)];
    const done = next?.end ?? this.film.length;
    this.#go(done, done < this.film.length);
  }

  /** Requests done at the end of the next step, or before the step that is under way or done. */
  #stepEnd(by: 1 | -1): number {
    const { film } = this;
    const current = film.steps[film.step];
    if (by === -1) return current?.first ?? 0;
    if (current !== undefined && film.done < current.end) return current.end;
    return film.steps[film.step + 1]?.end ?? film.length;
  }

  #go(done: number, isPlaying: boolean): void {
    this.film.seek(done);
    this.store.setState({ done: this.film.done, isPlaying });
  }
}

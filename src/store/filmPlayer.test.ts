import { describe, expect, it } from 'vitest';
import { createInProcessClient } from '../engine/inProcessClient.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { Film } from './film.ts';
import { FilmPlayer } from './filmPlayer.ts';

async function player(): Promise<FilmPlayer> {
  const client = createInProcessClient();
  const recording = await client.enumeration(defaultMachine, defaultMachine.transfer, 'p2p', 1);
  client.dispose();
  return new FilmPlayer(new Film(recording));
}

describe('the player of a film', () => {
  it('goes forward step by step to the end, and back to the start', async () => {
    const film = await player();
    const { steps } = film.film;
    for (const step of steps) {
      film.move(1);
      expect(film.store.getState().done).toBe(step.end);
    }
    film.move(1);
    expect(film.store.getState().done).toBe(film.film.length);
    for (const step of steps.toReversed()) {
      film.move(-1);
      expect(film.store.getState().done).toBe(step.first);
    }
  });

  it('finishes a step that was entered by requests, and goes back to where it began', async () => {
    const film = await player();
    const long = film.film.steps.findIndex((step) => step.end - step.first > 2);
    const step = film.film.steps[long];
    if (step === undefined) throw new Error('no long step');
    film.setUnit('request');
    film.seek(step.first);
    film.move(1);
    expect(film.store.getState().done).toBe(step.first + 1);
    film.setUnit('step');
    film.move(1);
    expect(film.store.getState().done).toBe(step.end);
    film.seek(step.first + 1);
    film.move(-1);
    expect(film.store.getState().done).toBe(step.first);
  });

  it('takes the steps that are due by its speed, stops at the end and begins again', async () => {
    const film = await player();
    film.setSpeed(16);
    film.play();
    film.advance(500);
    film.advance(500 + 1000 / 32);
    expect(film.film.step).toBe(-1);
    film.advance(500 + 1000 / 16);
    expect(film.film.step).toBe(0);
    film.advance(1500 + 1000 / 16);
    expect(film.film.step).toBe(16);
    film.advance(1e9);
    expect(film.store.getState()).toMatchObject({ done: film.film.length, isPlaying: false });
    film.play();
    expect(film.store.getState()).toMatchObject({ done: 0, isPlaying: true });
    film.pause();
    film.advance(1e9);
    expect(film.store.getState().done).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { PS_PER_MS, PS_PER_US } from '../base/units.ts';
import { FakeRunner } from './fakes.testing.ts';
import { Player } from './player.ts';
import { SPEEDS } from './speeds.ts';

const FASTEST = SPEEDS.length - 1;
const ONE_MS_PER_S = SPEEDS.length - 2;

/** Frames of 16 ms; between two of them every machine runs. */
function frames(player: Player, runners: readonly FakeRunner[], count: number): void {
  for (let frame = 0; frame < count; frame += 1) {
    player.tick(16);
    for (const runner of runners) runner.run();
  }
}

function race(ends_ps: readonly number[], speed: number, most_ps?: number) {
  const runners = ends_ps.map((end_ps) => new FakeRunner(end_ps, most_ps));
  const player = new Player(speed);
  player.setRunners(runners);
  return { player, runners };
}

const phaseOf = (player: Player) => player.store.getState().phase;

describe('the common clock', () => {
  it('stands until play and shows the time all machines have reached', () => {
    const { player, runners } = race([PS_PER_MS, PS_PER_MS], ONE_MS_PER_S);
    frames(player, runners, 5);
    expect(player.now_ps).toBe(0);
    player.play();
    frames(player, runners, 10);
    expect(player.now_ps).toBe(160 * PS_PER_US);
  });

  it('keeps both machines of a race in step', () => {
    const runners = [new FakeRunner(PS_PER_MS), new FakeRunner(PS_PER_MS, 2 * PS_PER_US)];
    const player = new Player(ONE_MS_PER_S);
    player.setRunners(runners);
    player.play();
    frames(player, runners, 100);
    const [fast, slow] = runners;
    expect((fast?.now_ps ?? 0) - (slow?.now_ps ?? 0)).toBeLessThanOrEqual(100 * PS_PER_US);
    expect(player.now_ps).toBe(slow?.now_ps);
    expect(player.store.getState().reached_psPerSecond).toBeCloseTo((2 * PS_PER_US * 1000) / 16, -3);
  });

  it('goes on with the slower machine when the faster one is done, then finishes', () => {
    const { player, runners } = race([100 * PS_PER_US, 300 * PS_PER_US], ONE_MS_PER_S);
    player.play();
    frames(player, runners, 10);
    expect(player.now_ps).toBe(160 * PS_PER_US);
    frames(player, runners, 20);
    expect(phaseOf(player)).toBe('finished');
    expect(player.now_ps).toBe(300 * PS_PER_US);
  });

  it('changes speed in the middle of a run without a jump', () => {
    const { player, runners } = race([PS_PER_MS], ONE_MS_PER_S);
    player.play();
    frames(player, runners, 10);
    player.setSpeed(0);
    frames(player, runners, 10);
    // 160 ms at 1 ns per second.
    expect(player.now_ps).toBe(160 * PS_PER_US + 160);
    player.setSpeed(ONE_MS_PER_S);
    frames(player, runners, 10);
    expect(player.now_ps).toBe(320 * PS_PER_US + 160);
  });

  it('slows down from where the machines are, not from where they were sent', () => {
    const { player, runners } = race([PS_PER_MS], ONE_MS_PER_S, PS_PER_US);
    player.play();
    frames(player, runners, 10);
    player.setSpeed(0);
    frames(player, runners, 10);
    expect(player.now_ps).toBeLessThan(11 * PS_PER_US);
  });

  it('finishes as fast as the machines can', () => {
    const { player, runners } = race([20 * PS_PER_MS], FASTEST);
    player.play();
    frames(player, runners, 25);
    expect(phaseOf(player)).toBe('finished');
  });

  it('runs to the end whatever the slider says', () => {
    const { player, runners } = race([20 * PS_PER_MS], 0);
    player.runToEnd();
    frames(player, runners, 25);
    expect(phaseOf(player)).toBe('finished');
    expect(player.store.getState().speed).toBe(0);
  });

  it('stops all machines at one instant', async () => {
    const runners = [new FakeRunner(PS_PER_MS), new FakeRunner(PS_PER_MS, 5 * PS_PER_US)];
    const player = new Player(ONE_MS_PER_S);
    player.setRunners(runners);
    player.play();
    frames(player, runners, 20);
    await player.pause();
    expect(runners[0]?.now_ps).toBe(runners[1]?.now_ps);
    const now_ps = player.now_ps;
    frames(player, runners, 5);
    expect(player.now_ps).toBe(now_ps);
  });

  it('steps the first machine that still runs and lets the others follow', async () => {
    const { player, runners } = race([1500, 10_000], ONE_MS_PER_S);
    await player.step('tlp');
    expect(runners.map((runner) => runner.now_ps)).toEqual([1000, 1000]);
    await player.step('tlp');
    await player.step('tlp');
    expect(runners.map((runner) => runner.now_ps)).toEqual([1500, 2500]);
    expect(phaseOf(player)).toBe('paused');
  });

  it('is finished at once when no machine will run', () => {
    const { player } = race([0], ONE_MS_PER_S);
    expect(phaseOf(player)).toBe('finished');
    player.setRunners([]);
    expect(phaseOf(player)).toBe('empty');
  });

  it('brings a machine that was left behind up to the others before the clock goes on', () => {
    const ahead = new FakeRunner(PS_PER_MS);
    ahead.now_ps = 500 * PS_PER_US;
    const behind = new FakeRunner(PS_PER_MS);
    const player = new Player(0);
    player.setRunners([ahead, behind]);
    behind.run();
    expect(player.now_ps).toBe(500 * PS_PER_US);
  });

  it('lets go of a step whose machines were replaced before they answered', async () => {
    const { player, runners } = race([PS_PER_MS, PS_PER_MS], ONE_MS_PER_S);
    let answer = (_at_ps: number): void => undefined;
    const [leader, follower] = runners;
    if (leader !== undefined) leader.step = () => new Promise((resolve) => (answer = resolve));
    const stepping = player.step('tlp');
    expect(player.store.getState().busy).toBe(true);
    const next = new FakeRunner(PS_PER_MS);
    player.setRunners([next]);
    answer(5000);
    await stepping;
    expect(follower?.now_ps).toBe(0);
    expect(player.store.getState().busy).toBe(false);
    player.play();
    frames(player, [next], 2);
    expect(next.now_ps).toBeGreaterThan(0);
  });
});

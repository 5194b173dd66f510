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

  it('brings a machine that was left behind up to the others before the clock goes on', async () => {
    const ahead = new FakeRunner(PS_PER_MS);
    ahead.now_ps = 500 * PS_PER_US;
    const behind = new FakeRunner(PS_PER_MS);
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const runUntil = behind.runUntil.bind(behind);
    behind.runUntil = (at_ps) => arrived.then(() => runUntil(at_ps));
    const player = new Player(0);
    player.setRunners([ahead, behind]);
    expect(player.store.getState().busy).toBe(true);
    expect(player.now_ps).toBe(0);
    // Who brings other machines meanwhile stays at this instant, not at the one on the way.
    expect(player.goal_ps).toBe(500 * PS_PER_US);
    player.play();
    expect(phaseOf(player)).toBe('paused');
    arrive();
    await expect.poll(() => phaseOf(player)).toBe('playing');
    expect(player.store.getState().busy).toBe(false);
    expect(player.now_ps).toBe(500 * PS_PER_US);
    expect(player.goal_ps).toBe(500 * PS_PER_US);
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

describe('the clock taken to another instant', () => {
  const at = (runners: readonly FakeRunner[]): readonly number[] => runners.map((runner) => runner.now_ps);

  it('goes to an instant before and after now, with every machine', async () => {
    const { player, runners } = race([PS_PER_MS, PS_PER_MS], ONE_MS_PER_S);
    await player.seek(300 * PS_PER_US);
    expect(at(runners)).toEqual([300 * PS_PER_US, 300 * PS_PER_US]);
    await player.seek(100 * PS_PER_US);
    expect(at(runners)).toEqual([100 * PS_PER_US, 100 * PS_PER_US]);
    expect(player.furthest_ps).toBe(300 * PS_PER_US);
    expect(phaseOf(player)).toBe('paused');
  });

  it('is no longer finished when it has gone back, runs on from there and finishes again', async () => {
    const { player, runners } = race([100 * PS_PER_US, 300 * PS_PER_US], ONE_MS_PER_S);
    player.runToEnd();
    frames(player, runners, 40);
    expect(phaseOf(player)).toBe('finished');
    await player.seek(50 * PS_PER_US);
    expect(phaseOf(player)).toBe('paused');
    expect(at(runners)).toEqual([50 * PS_PER_US, 50 * PS_PER_US]);
    player.play();
    frames(player, runners, 1);
    expect(player.now_ps).toBe(66 * PS_PER_US);
    frames(player, runners, 40);
    expect(phaseOf(player)).toBe('finished');
    expect(player.now_ps).toBe(300 * PS_PER_US);
  });

  it('leaves a machine whose job ends before the instant at its end', async () => {
    const { player, runners } = race([100 * PS_PER_US, 300 * PS_PER_US], ONE_MS_PER_S);
    await player.seek(200 * PS_PER_US);
    expect(at(runners)).toEqual([100 * PS_PER_US, 200 * PS_PER_US]);
    await player.seek(900 * PS_PER_US);
    expect(phaseOf(player)).toBe('finished');
    expect(player.end_ps).toBe(300 * PS_PER_US);
  });

  it('stops a clock that runs', async () => {
    const { player, runners } = race([PS_PER_MS], ONE_MS_PER_S);
    player.play();
    frames(player, runners, 10);
    await player.seek(10 * PS_PER_US);
    frames(player, runners, 5);
    expect(player.now_ps).toBe(10 * PS_PER_US);
    expect(phaseOf(player)).toBe('paused');
  });

  it('has one seek under way at a time, and of those that wait only the newest', async () => {
    const { player, runners } = race([PS_PER_MS], ONE_MS_PER_S);
    const [runner] = runners;
    let answer = (): void => undefined;
    if (runner !== undefined) {
      runner.now_ps = 900;
      runner.beforeTravel = () => new Promise((resolve) => (answer = resolve));
    }
    const seeking = player.seek(100);
    expect(player.store.getState().busy).toBe(true);
    await expect.poll(() => runner?.travels).toEqual([100]);
    for (const at_ps of [200, 300, 400]) void player.seek(at_ps);
    answer();
    await expect.poll(() => runner?.travels).toEqual([100, 400]);
    answer();
    await seeking;
    expect(runner?.now_ps).toBe(400);
    expect(player.store.getState().busy).toBe(false);
  });

  it('waits for a step that is under way', async () => {
    const { player, runners } = race([PS_PER_MS], ONE_MS_PER_S);
    await player.step('tlp');
    const stepping = player.step('tlp');
    await player.seek(500);
    await stepping;
    expect(at(runners)).toEqual([500]);
  });

  it('steps back by what a step forward would have moved, and the others follow', async () => {
    const { player, runners } = race([1500, 10_000], ONE_MS_PER_S);
    for (let step = 0; step < 3; step += 1) await player.step('tlp');
    expect(at(runners)).toEqual([1500, 2500]);
    await player.stepBack('tlp');
    expect(at(runners)).toEqual([1500, 2000]);
    await player.stepBack('tlp');
    await player.stepBack('tlp');
    expect(at(runners)).toEqual([0, 0]);
    await player.stepBack('tlp');
    expect(at(runners)).toEqual([0, 0]);
    expect(phaseOf(player)).toBe('paused');
  });

  it('steps back from the end by the machine that ended last', async () => {
    const { player, runners } = race([1500, 10_000], ONE_MS_PER_S);
    await player.seek(20_000);
    expect(phaseOf(player)).toBe('finished');
    await player.stepBack('tlp');
    expect(at(runners)).toEqual([1500, 9000]);
    expect(phaseOf(player)).toBe('paused');
  });

  it('brings every machine to where one of them was stopped, also those that are further', async () => {
    const { player, runners } = race([PS_PER_MS, PS_PER_MS], ONE_MS_PER_S);
    player.play();
    frames(player, runners, 4);
    const [first] = runners;
    if (first !== undefined) first.now_ps = 20 * PS_PER_US;
    await Promise.all([player.stopAt(30 * PS_PER_US), player.stopAt(20 * PS_PER_US)]);
    expect(at(runners)).toEqual([20 * PS_PER_US, 20 * PS_PER_US]);
    expect(phaseOf(player)).toBe('paused');
    frames(player, runners, 4);
    expect(player.now_ps).toBe(20 * PS_PER_US);
  });

  it('keeps the instant of a machine that stays when others come to it', async () => {
    const { player, runners } = race([PS_PER_MS, PS_PER_MS], ONE_MS_PER_S);
    await player.seek(300 * PS_PER_US);
    const [first, second] = runners;
    if (first === undefined || second === undefined) throw new Error('two runners');
    player.setRunners([first]);
    await player.seek(100 * PS_PER_US);
    player.setRunners([first, second], false, player.now_ps);
    await expect.poll(() => second.now_ps).toBe(100 * PS_PER_US);
    await expect.poll(() => player.store.getState().busy).toBe(false);
    expect(player.now_ps).toBe(100 * PS_PER_US);
  });

  it('does nothing without machines', async () => {
    const player = new Player(0);
    await player.seek(5);
    await player.stepBack('event');
    expect(phaseOf(player)).toBe('empty');
  });
});

import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors';
import { CheckpointClock } from '../../src/worker/checkpoint-clock';
import { sampleFit } from '../helpers/checkpoint';

function harness() {
  const world = { ms: 0, tookMs: 0, fault: null as AppError | null };
  const log: string[] = [];
  const saved: number[] = [];
  const clock = new CheckpointClock({
    elapsed: () => world.ms,
    write: (state) => {
      world.ms += world.tookMs;
      if (world.fault) return Promise.reject(world.fault);
      saved.push(state.step);
      return Promise.resolve();
    },
    onLog: (message) => log.push(message),
  });
  /** Steps of `everyMs` for a while, each asking as a fit does. */
  const train = async (steps: number, everyMs: number): Promise<void> => {
    for (let step = 1; step <= steps; step++) {
      world.ms += everyMs;
      if (clock.due('step')) await clock.save(sampleFit({ step }));
    }
  };
  return { world, log, saved, clock, train };
}

describe('checkpoints in time', () => {
  test('one a minute between steps', async () => {
    const { saved, train } = harness();
    await train(600, 1000);
    expect(saved).toEqual([60, 120, 180, 240, 300, 360, 420, 480, 540, 600]);
  });

  test('one at the end of each epoch, unless saving takes more than about a tenth of the time', async () => {
    const { world, clock } = harness();
    expect(clock.due('epoch')).toBe(true);
    world.tookMs = 500;
    await clock.save(sampleFit());
    world.ms += 4999;
    expect(clock.due('epoch')).toBe(false);
    world.ms += 1;
    expect(clock.due('epoch')).toBe(true);
    expect(clock.due('step')).toBe(false);
  });

  test.each([
    ['the first epoch, however short', 5000, [1], [1]],
    ['every epoch that takes longer than ten saves', 900, [9001, 12_000, 59_000, 9001], [1, 2, 3, 4]],
    ['of shorter epochs, one after the time of ten saves', 900, Array.from({ length: 12 }, () => 3000), [1, 4, 7, 10]],
    ['of long saves and short epochs, one a minute', 7000, Array.from({ length: 30 }, () => 5000), [1, 13, 25]],
  ])('are kept at the end of %s', async (_, tookMs, epochs, expected) => {
    const { world, clock, saved } = harness();
    world.tookMs = tookMs;
    for (const [i, ms] of epochs.entries()) {
      world.ms += ms;
      if (clock.due('epoch')) await clock.save(sampleFit({ step: i + 1 }));
    }
    expect(saved).toEqual(expected);
  });

  test('at once when asked for, and once', async () => {
    const { clock } = harness();
    clock.ask();
    expect(clock.due('step')).toBe(true);
    await clock.save(sampleFit());
    expect(clock.due('step')).toBe(false);
  });

  test('asked for while one is being saved, there is another: it may have come too late for the first', async () => {
    const { clock } = harness();
    const saving = clock.save(sampleFit());
    clock.ask();
    await saving;
    expect(clock.due('step')).toBe(true);
  });

  test('a clock that jumps a day brings one and no flood, and one that goes back a day does not hold them off', async () => {
    const { world, saved, train } = harness();
    world.ms += 86_400_000;
    await train(59, 1000);
    expect(saved).toEqual([1]);
    world.ms -= 2 * 86_400_000;
    await train(122, 1000);
    expect(saved).toEqual([1, 61, 121]);
  });
});

describe('a checkpoint that cannot be written', () => {
  test('a full disk is said once, the run goes on, and room again is said too', async () => {
    const { world, log, saved, train } = harness();
    world.fault = new AppError('storage-full', 'Not saved: the disk is full.');
    await train(300, 1000);
    // None before it is spoken of, where there is none.
    expect(log).toEqual(['The disk is full: the run goes on without checkpoints.']);
    world.fault = null;
    await train(60, 1000);
    expect(saved).toEqual([60]);
    expect(log[1]).toBe('Checkpoints are kept again, from step 60 on.');
    world.fault = new AppError('storage-full', 'Not saved: the disk is full.');
    await train(60, 1000);
    expect(log[2]).toBe('The disk is full: the run goes on without new checkpoints. The one before is still good.');
  });

  test('another fault is said with its words, each once', async () => {
    const { world, log, train } = harness();
    for (const message of ['It refused.', 'It refused.', 'It is closed.']) {
      world.fault = new AppError('storage-failed', message);
      await train(60, 1000);
    }
    expect(log.map((line) => line.replace('A checkpoint was not kept. ', ''))).toEqual([
      'It refused.',
      'It is closed.',
    ]);
  });
});

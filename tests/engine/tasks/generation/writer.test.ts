import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../../src/core/errors';
import { Pace } from '../../../../src/engine/fit/pace';
import type { Decoder } from '../../../../src/engine/models/decoder';
import { disposeWeights } from '../../../../src/engine/models/weights';
import { createWriter } from '../../../../src/engine/tasks/generation/writer';
import { startBackend } from '../../../helpers/tf-node';
import { tinyDecoder, tinyLlama } from '../../../helpers/tiny-llama';
import { CONTINUE, stopAfter } from '../../fit/toy';

let model: Decoder;
beforeAll(async () => {
  await startBackend('wasm');
  model = tinyDecoder(1);
});
afterAll(() => disposeWeights(model.weights));

const PROMPTS = [Int32Array.of(1, 5, 9), Int32Array.of(2, 7)];
const decoding = { maxNewTokens: 4, temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };
/** Every token is a letter and a blank; `endIds` end an answer. */
const writerOf = (endIds: readonly number[]) =>
  createWriter({
    endIds,
    stream: () => ({ push: (id: number) => (endIds.includes(id) ? '' : `t${id} `), end: () => '' }),
  });

test('answers come in the order of the prompts, counted, and told by the longest', async () => {
  const told: number[] = [];
  const answers = await writerOf([]).write(model, PROMPTS, decoding, new Pace(CONTINUE), (share) => told.push(share));
  expect(answers).toHaveLength(2);
  for (const answer of answers ?? []) {
    expect(answer).toMatchObject({ tokens: 4, cut: true });
    expect(answer.text.trim().split(' ')).toHaveLength(4);
  }
  expect(answers?.[0]?.text).not.toBe(answers?.[1]?.text);
  expect(told.slice(0, 3)).toEqual([0.25, 0.5, 0.75]);
});

test('an answer that ended by itself is not cut', async () => {
  const first = (await writerOf([]).write(model, PROMPTS.slice(0, 1), decoding, new Pace(CONTINUE)))?.[0]?.text ?? '';
  const [, id = ''] = /^t(\d+) /.exec(first) ?? [];
  expect(Number(id)).toBeLessThan(tinyLlama.vocabSize);
  const ended = await writerOf([Number(id)]).write(model, PROMPTS.slice(0, 1), decoding, new Pace(CONTINUE));
  expect(ended).toEqual([{ text: '', tokens: 1, cut: false }]);
});

test('a stop gives none, and what the device reports is thrown', async () => {
  expect(await writerOf([]).write(model, PROMPTS, decoding, new Pace(stopAfter(1)))).toBeNull();
  const lost = new AppError('device-lost', 'Lost.');
  const check = (): void => {
    throw lost;
  };
  await expect(writerOf([]).write(model, PROMPTS, decoding, new Pace(CONTINUE, { check }))).rejects.toBe(lost);
});

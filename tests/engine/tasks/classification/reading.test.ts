/** The texts of a run read with its encoders: what is told on the way, and which names of labels count. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Model } from '../../../../src/engine/models/read-model';
import { disposeWeights } from '../../../../src/engine/models/weights';
import type { FurtherEncoder, LabelNames } from '../../../../src/engine/tasks/classification/further-encoder';
import { readRows, unread } from '../../../../src/engine/tasks/classification/reading';
import { startBackend } from '../../../helpers/tf-node';
import { stopAfter, toyContext, toyInput, toyModel } from '../../fit/toy';

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

const NAMES: LabelNames = [Int32Array.of(1, 4, 2), null, Int32Array.of(1, 5, 2)];

function contextOf({
  names = NAMES,
  further = null as LabelNames | null,
  recipe = 'choose' as 'choose' | 'plain',
} = {}) {
  const input = toyInput('features', model, { rows: 30, choices: { recipe } });
  const { family, config } = model;
  const second: FurtherEncoder = {
    maxTokens: 64,
    ...{
      family,
      config,
      id: 'multilingual-e5-small',
      sha256: 'b',
      tokenIds: input.data.tokenIds,
      names: further ?? [],
    },
    place: () => toyModel(77),
  };
  return toyContext({ ...input, modelId: 'all-MiniLM-L6-v2', names, further: further ? [second] : [] });
}

test('a name stands at its label, and a label without one has none', async () => {
  const read = await readRows(contextOf());
  expect(read?.names).toHaveLength(1);
  const [{ of, means } = { of: [], means: null }] = read?.names ?? [];
  expect(Array.from(of)).toEqual([0, -1, 1]);
  expect(means).toMatchObject({ encoder: 'all-MiniLM-L6-v2', layers: 3, hiddenSize: model.config.hiddenSize });
  expect(means?.values).toHaveLength(2 * 3 * model.config.hiddenSize);
  expect(read).toMatchObject({ classes: 3, encoded: [{ means: { encoder: 'all-MiniLM-L6-v2' } }] });
});

test('names count only where every encoder reads them, and where recipes are chosen', async () => {
  const none: LabelNames = [null, null, null];
  const both = await readRows(contextOf({ further: NAMES }));
  expect(both?.names.map(({ means }) => means.encoder)).toEqual(['all-MiniLM-L6-v2', 'multilingual-e5-small']);
  expect(both?.encoded).toHaveLength(2);
  expect((await readRows(contextOf({ further: none })))?.names).toEqual([]);
  expect((await readRows(contextOf({ names: none, further: NAMES })))?.names).toEqual([]);
  expect((await readRows(contextOf({ recipe: 'plain' })))?.names).toEqual([]);
});

test('every text is told once, with whom only where there are several', async () => {
  const told = async (further: LabelNames | null) => {
    const context = contextOf({ further });
    const report = vi.spyOn(context.progress, 'report');
    const onFirst = vi.fn();
    await readRows(context, { onFirst });
    expect(onFirst).toHaveBeenCalledOnce();
    return report.mock.calls;
  };
  const alone = await told(null);
  const { length: texts } = contextOf().corpus.distinct.tokenIds;
  expect(new Set(alone.map(([part]) => part)).size).toBe(1);
  expect(alone.map(([, , { rows = 0 } = {}]) => rows).reduce((a, b) => a + b, 0)).toBe(texts);
  expect(alone.at(-1)?.[1]).toBe(1);
  expect(alone.at(-1)?.[2]?.message).toBe(`Reading ${texts} of ${texts} texts`);
  const both = await told(NAMES);
  const parts = [...new Set(both.map(([part]) => part))];
  expect(parts).toHaveLength(2);
  expect(parts[0]).toBe(alone[0]?.[0]);
  for (const [i, part] of parts.entries()) {
    const own = both.filter(([of]) => of === part);
    expect(own.map(([, , { rows = 0 } = {}]) => rows).reduce((a, b) => a + b, 0)).toBe(texts);
    expect(own.at(-1)?.[2]?.message).toMatch(i === 0 ? / texts with .*MiniLM/ : / texts with .*E5/);
  }
});

test('stopped while either encoder reads, there is nothing', async () => {
  for (const looks of [0, 1]) {
    const context = contextOf({ further: NAMES });
    const pace = toyContext({ ...toyInput('features', model), control: stopAfter(looks) }).pace;
    expect(await readRows({ ...context, pace })).toBeNull();
  }
});

test('where nothing is read, rows and labels are there all the same', () => {
  const { corpus } = contextOf();
  expect(unread(corpus)).toEqual({
    ...{ encoded: [], names: [], texts: corpus.texts, labels: corpus.labelIndices, groups: corpus.groups, classes: 3 },
  });
});

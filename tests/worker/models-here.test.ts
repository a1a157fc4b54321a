import { expect, test } from 'vitest';
import { MODELS } from '../../src/core/models/registry';
import { modelsHere } from '../../src/worker/models-here';
import { freshDatabase } from '../helpers/storage';
import { tinyModelFiles } from '../helpers/tiny-model';

test('a model is here once every file that its manifest names is kept', async () => {
  const database = await freshDatabase();
  const [first, second] = MODELS.map(({ id }) => id);
  expect(await modelsHere(database)).toEqual([]);
  for (const id of [second, first]) {
    for (const [file, bytes] of tinyModelFiles()) {
      expect(await modelsHere(database)).not.toContain(id);
      await database.put('models', { key: `${id}/${file}`, sha256: '', bytes });
    }
    expect(await modelsHere(database)).toContain(id);
  }
  expect(await modelsHere(database)).toEqual([first, second]);
});

import { expect, test } from 'vitest';
import { ENCODERS } from '../../src/core/models/registry';
import { encodersHere } from '../../src/worker/encoders-here';
import { freshDatabase } from '../helpers/storage';
import { tinyModelFiles } from '../helpers/tiny-model';

test('an encoder is here once every file that its manifest names is kept', async () => {
  const database = await freshDatabase();
  const [first, second] = ENCODERS.map(({ id }) => id);
  expect(await encodersHere(database)).toEqual([]);
  for (const id of [second, first]) {
    for (const [file, bytes] of tinyModelFiles()) {
      expect(await encodersHere(database)).not.toContain(id);
      await database.put('models', { key: `${id}/${file}`, sha256: '', bytes });
    }
    expect(await encodersHere(database)).toContain(id);
  }
  expect(await encodersHere(database)).toEqual([first, second]);
  for (const [file, bytes] of tinyModelFiles(1, 'SmolLM2-135M-Instruct')) {
    await database.put('models', { key: `SmolLM2-135M-Instruct/${file}`, sha256: '', bytes });
  }
  expect(await encodersHere(database)).toEqual([first, second]);
});

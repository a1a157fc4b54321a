import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { Dataset } from '../../../src/core/data/dataset';
import { RowSurveys } from '../../../src/state/row-surveys.svelte';
import type { SurveyProgress } from '../../../src/worker/data-client';

const place = { datasetId: 'a', version: 1 };
const dataset: Dataset = {
  ...{ id: 'a', name: 'set a', task: 'classification', createdAt: 1, currentVersion: 1 },
  ...{ versions: [], nextRowId: 0, sample: false },
};

function harness(surveyRows: () => Promise<Dataset>, shown: Dataset | null = dataset) {
  const log: string[] = [];
  let tell: (progress: SurveyProgress) => void = () => undefined;
  const client = {
    surveyRows(_: object, onProgress: typeof tell, signal: AbortSignal) {
      tell = onProgress;
      signal.addEventListener('abort', () => log.push('stopped'));
      return surveyRows();
    },
    tellLanguages() {
      log.push('languages');
      return Promise.resolve(dataset);
    },
  };
  const datasets = { byId: () => shown, put: (one: Dataset) => void log.push(`put ${one.id}`) };
  const changes = { announce: (store: string) => void log.push(`announce ${store}`) };
  const surveys = new RowSurveys(client, datasets, changes, () => log.push('fetched'));
  return { surveys, log, tell: (progress: SurveyProgress) => tell(progress) };
}

test('a survey is told as it goes; what it found is shown here and said to other tabs', async () => {
  let done: (dataset: Dataset) => void = () => undefined;
  const { surveys, log, tell } = harness(() => new Promise((resolve) => (done = resolve)));
  const read = surveys.read(place, 'm');
  expect(surveys.of(place, 'm')).toEqual({ kind: 'working', progress: null });
  expect(surveys.of(place, 'other')).toEqual({ kind: 'idle' });
  tell({ rows: 2, rowsTotal: 9 });
  expect(surveys.of(place, 'm')).toEqual({ kind: 'working', progress: { rows: 2, rowsTotal: 9 } });
  surveys.stop(place, 'other');
  expect(log).toEqual([]);
  done(dataset);
  await read;
  expect(surveys.of(place, 'm')).toEqual({ kind: 'idle' });
  expect(log).toEqual(['put a', 'announce datasets', 'fetched']);
});

test('a fault is said, a stop is none, and a set that is being removed stays hidden', async () => {
  const failed = harness(() => Promise.reject(new AppError('model-missing', 'Offline.')));
  await failed.surveys.read(place, 'm');
  expect(failed.surveys.of(place, 'm')).toMatchObject({ kind: 'failed', error: { code: 'model-missing' } });
  const stopped = harness(() => Promise.reject(new AppError('cancelled', 'Stopped.')));
  const read = stopped.surveys.read(place, 'm');
  stopped.surveys.stop(place, 'm');
  await read;
  expect(stopped.log[0]).toBe('stopped');
  expect(stopped.surveys.of(place, 'm')).toEqual({ kind: 'idle' });
  const hidden = harness(() => Promise.resolve(dataset), null);
  await hidden.surveys.read(place, 'm');
  expect(hidden.log).toEqual(['fetched']);
});

test('languages are asked for once, and only where they are not known', async () => {
  const { surveys, log } = harness(() => Promise.resolve(dataset));
  await surveys.tellLanguages(place, { languages: { looked: 1, languages: [], unclear: 1 } });
  expect(log).toEqual([]);
  await surveys.tellLanguages(place, {});
  await surveys.tellLanguages(place, {});
  expect(log).toEqual(['languages', 'put a', 'announce datasets']);
});

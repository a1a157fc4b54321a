/** Runs that sort texts, taken away: every format is proved from its own bytes, and none that answers otherwise is left. */
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { ExportedClassifier } from '../../src/core/export/classifier/exported-classifier';
import {
  CLASSIFIER_FORMATS,
  type ClassifierFormat,
  type ClassifierFormatId,
  PAGE_FORMATS,
  type PageFormat,
  type PageFormatId,
} from '../../src/core/export/formats';
import { readPage } from '../../src/core/export/one-page/page-parts';
import { pageParts } from '../../src/core/export/one-page/page-reader';
import { bytesSource } from '../../src/core/formats/byte-source';
import { AppError } from '../../src/core/errors';
import type { ClassifierParity } from '../../src/core/export/classifier/parity';
import { isOfRecipes, type TrainedModel } from '../../src/core/run/trained-model';
import { autoChoices } from '../../src/core/settings/defaults';
import type { Backend } from '../../src/core/settings/settings';
import { getWeights } from '../../src/storage/runs';
import { TrainingJob } from '../../src/worker/job';
import type { TrainingEvent } from '../../src/worker/protocol';
import { Disk } from '../helpers/disk';
import { addDataset, createHarness, type JobHarness, request, spamRows } from '../helpers/job';
import { keepOwn, modelFilesOf } from '../helpers/own-models';
import { tinyModelFiles } from '../helpers/tiny-model';
import { unzipped } from '../helpers/unzipped';

const LABELS = ['__proto__', 'a "quoted"\nlabel'];
const TEMPLATE = new TextEncoder().encode('<!doctype html>\n<script>1 < 2</script>\n');
const none = { folds: 2, test: { kind: 'none' } } as const;

let trained: JobHarness;
beforeAll(async () => {
  const files = tinyModelFiles();
  for (const file of ['LICENSE', 'NOTICE']) files.set(file, Uint8Array.from(new TextEncoder().encode(`The ${file}.`)));
  trained = await createHarness({
    modelFiles: () => ({ read: (file) => Promise.resolve(files.get(file) ?? expect.fail(`${file} is asked for`)) }),
  });
  const rows = spamRows(40).map((row) => ({ ...row, target: LABELS[row.target === 'spam' ? 1 : 0] ?? '' }));
  await addDataset(trained.database, 'd', rows);
  const choices = { ...autoChoices(), nEpochs: 4, batchSize: 8, learningRate: 1e-2, headLearningRate: 3e-2 };
  const train = (change: Parameters<typeof request>[0]) =>
    trained.job.start('q', request({ evaluation: none, ...change }));
  await train({ runId: 'layers', method: 'top-layers', choices: { ...choices, layers: 1 } });
  await train({ runId: 'adapter', method: 'adapter', choices: { ...choices, rank: 2 } });
  await train({ runId: 'chosen', method: 'features', choices: autoChoices() });
  await train({ runId: 'plain', method: 'features' });
});
afterEach(() => vi.restoreAllMocks());

async function take(
  runId: string,
  format: ClassifierFormatId | PageFormatId,
  {
    disk = new Disk(),
    backend = 'wasm',
    ...ports
  }: Partial<JobHarness['ports']> & { disk?: Disk; backend?: Backend } = {},
) {
  const takeFile: JobHarness['ports']['takeFile'] = (...asked) => disk.open(...asked);
  const pageTemplate = () => Promise.resolve(TEMPLATE);
  const job = new TrainingJob({ ...trained.ports, takeFile, pageTemplate, ...ports });
  trained.events.length = 0;
  await job.take({ type: 'take', requestId: 't', runId, format, place: 'p', backend });
  return { told: trained.events.at(-1) ?? expect.fail('Nothing was said.'), disk };
}

function proof(told: TrainingEvent): ClassifierParity {
  if (told.type !== 'taken') throw new Error(JSON.stringify(told));
  const { parity } = told.file;
  if (!('schema' in parity) || parity.schema !== 'hone.parity' || !('task' in parity))
    throw new Error(JSON.stringify(told));
  return parity;
}

const text = (entries: Map<string, Uint8Array>, ending: string): string => {
  const [, bytes] = [...entries].find(([path]) => path.endsWith(ending)) ?? expect.fail(ending);
  return new TextDecoder().decode(bytes);
};

test.each(['layers', 'adapter', 'plain'])(
  'the run «%s» in every format, read back and proved on 64 rows',
  async (runId) => {
    for (const format of CLASSIFIER_FORMATS) {
      const { told, disk } = await take(runId, format.id);
      const parity = proof(told);
      expect(parity).toMatchObject({
        format: format.id,
        plain: false,
        same: true,
        answers: { rows: 64, same: 64 },
        labels: 2,
      });
      expect(parity.rows.slice(0, 5).map(({ what }) => what)).toEqual([
        ...['one token', 'emoji', 'right to left', 'empty after trimming', 'longest'],
      ]);
      if (format.dtype === 'float32') expect(parity.largest_difference).toBeLessThan(1e-5);
      else expect(parity.largest_difference).toBeGreaterThan(1e-6);
      const [file] = disk.files.values();
      const entries = unzipped(file?.bytes ?? new Uint8Array());
      const paths = [...entries.keys()].map((path) => path.replace(/^[^/]+\//, ''));
      expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'parity.json', 'config.json']));
      expect(paths.some((path) => /\.(bin|pt|pkl|joblib)$/.test(path))).toBe(false);
      const named =
        format.id === 'sentence-transformers'
          ? (JSON.parse(text(entries, '/head.json')) as { labels: string[] }).labels
          : Object.values((JSON.parse(text(entries, '/config.json')) as { id2label: Record<string, string> }).id2label);
      expect(named).toEqual([...LABELS].sort());
      expect(text(entries, '/NOTICE')).toMatch(/^The NOTICE\.\n\nChanges made here: .+ with Hone/);
      expect(text(entries, '/README.md')).toMatch(/pipeline_tag: text-classification[^]*Right: \d/);
    }
  },
);

test('the sentence-transformers folder comes back as a classifier from elsewhere, and answers as the run did', async () => {
  for (const runId of ['layers', 'plain']) {
    const { disk } = await take(runId, 'sentence-transformers');
    const [file] = disk.files.values();
    const chosen = [...unzipped(file?.bytes ?? new Uint8Array())].map(([path, bytes]) => {
      const name = path.replace(/^[^/]+\//, '');
      return { path: name, blob: new File([Uint8Array.from(bytes)], name) };
    });
    const { modelId } = await keepOwn(trained.database, 'back', chosen, { withHead: true });
    const here = new TrainingJob({ ...trained.ports, modelFiles: modelFilesOf(() => trained.database) });
    const texts = ['win cash now', 'meet mum at home', 'the prize is late'];
    const answers = async (job: TrainingJob, id: string) => {
      trained.events.length = 0;
      await job.predict({ type: 'predict', requestId: 'p', runId: id, backend: 'wasm', texts });
      const told = trained.events.at(-1);
      return told?.type === 'predicted' ? told.prediction : expect.fail(JSON.stringify(told));
    };
    const [own, back] = [await answers(trained.job, runId), await answers(here, modelId)];
    expect(back.labels).toEqual(own.labels);
    // Its vectors are rounded where those that its head was fitted to were.
    own.tuned.flat().forEach((value, i) => expect(Math.abs(value - (back.tuned.flat()[i] ?? NaN))).toBeLessThan(1e-6));
    expect(own.tuned.flat()).not.toEqual(own.base.flat().map(() => 0.5));
  }
});

test.each(['chosen', 'layers', 'adapter'])(
  'the run «%s» as one page, whole, proved on the processor',
  async (runId) => {
    for (const format of PAGE_FORMATS) {
      // Whatever the page computes on: in Node there is no other.
      const { told, disk } = await take(runId, format.id, { backend: 'webgpu' });
      const parity = proof(told);
      expect(parity).toMatchObject({
        ...{ format: format.id, dtype: format.dtype, plain: false, computed_on: 'wasm', same: true, labels: 2 },
        answers: { rows: 64, same: 64 },
      });
      const [[place, file] = expect.fail('Nothing was written.')] = [...disk.files];
      expect(place).toBe(`p/set-d-a-run${format.dtype === 'int8' ? '' : '-float16'}.html`);
      expect(file.isOpen).toBe(false);
      expect(told).toMatchObject({ file: { name: place.slice(2), bytes: file.bytes.length } });
      expect(file.bytes.subarray(0, TEMPLATE.length)).toEqual(TEMPLATE);
      const page = await readPage(pageParts(bytesSource('page', file.bytes)));
      expect(page.parity).toEqual(parity);
      expect(page.index).toMatchObject({ dtype: format.dtype, model: { labels: [...LABELS].sort() } });
      expect(page.index.figures.join()).toMatch(/Right: \d/);
    }
  },
);

test('a page that answers otherwise, or under other labels, is taken back and says why', async () => {
  const format: PageFormat = PAGE_FORMATS.find(({ id }) => id === 'one-page') ?? expect.fail();
  const file = format.file.bind(format);
  type Kept = Parameters<PageFormat['file']>[2]['kept'];
  const faults: [(kept: Kept) => Kept, RegExp][] = [
    [(kept) => ({ ...kept, head: moved(kept.head) }), /its probabilities differ by [\d.]+, where 0\.001 is rounding/],
    [(kept) => ({ ...kept, labels: [...kept.labels].reverse() }), /its labels are not those of the run/],
  ];
  for (const [change, why] of faults) {
    const spy = vi.spyOn(format, 'file').mockImplementation((name, template, classifier) => {
      return file(name, template, { ...classifier, kept: change(classifier.kept) });
    });
    const { told, disk } = await take('layers', 'one-page');
    expect(told).toMatchObject({ type: 'failed', error: { code: 'export-differs' } });
    expect(told.type === 'failed' && told.error.message).toMatch(why);
    expect(disk.files.size).toBe(0);
    spy.mockRestore();
  }
});

test('without what begins a page none is written, and it says what is missing', async () => {
  const pageTemplate = () => Promise.reject(new AppError('not-found', 'one-page.txt could not be loaded.'));
  const { told, disk } = await take('layers', 'one-page', { pageTemplate });
  expect(told).toMatchObject({
    type: 'failed',
    error: { code: 'not-found', message: 'one-page.txt could not be loaded.' },
  });
  expect(disk.files.size).toBe(0);
});

test('answers that no file holds give way to the plain classifier of the same rows, and say so', async () => {
  const kept = await getWeights(trained.database, 'chosen');
  expect(kept && isOfRecipes(kept.tuned.head) && kept.tuned.head.characters).toBeTruthy();
  const { told, disk } = await take('chosen', 'sentence-transformers');
  expect(proof(told)).toMatchObject({ plain: true, same: true });
  const [file] = disk.files.values();
  const entries = unzipped(file?.bytes ?? new Uint8Array());
  const { weight } = JSON.parse(text(entries, '/head.json')) as { weight: number[][] };
  const head = kept?.plain?.head ?? expect.fail('no plain classifier');
  expect(isOfRecipes(head) ? [] : [...head.weight]).toEqual(weight.flat());
  // It is what the run gives where nothing is chosen.
  const alone = (await getWeights(trained.database, 'plain'))?.tuned.head ?? expect.fail();
  expect(head).toEqual(alone);
  expect(text(entries, '/README.md')).toMatch(
    /the plain classifier of the run[^]*points against the run's own on the same folds, 95 % interval/,
  );
  // A run from before it was kept.
  const { plain: _, ...before } = kept ?? expect.fail();
  await trained.database.put('weights', { ...before, runId: 'plain' });
  expect((await take('plain', 'onnx')).told).toMatchObject({ type: 'failed', error: { code: 'model-unsupported' } });
});

const faults: [string, ClassifierFormatId, (run: ExportedClassifier) => ExportedClassifier, RegExp][] = [
  ['with one weight that is another', 'onnx', spoiled, /its probabilities differ by/],
  ['with one weight that is another', 'sentence-transformers', spoiled, /its probabilities differ by/],
  [
    'with labels in another order',
    'onnx',
    (run) => ({ ...run, labels: [...run.labels].reverse() }),
    /its labels are not/,
  ],
  [
    'that cuts texts elsewhere',
    'onnx',
    (run) => ({ ...run, tokenizer: { ...run.tokenizer, prompt: 'win' } }),
    /tokenizer/,
  ],
  ['without its vectors made 1 long', 'sentence-transformers', lengthened, /its probabilities differ by/],
];

test.each(faults)('a file %s (%s) is taken back and says why', async (_, id, change, why) => {
  const format: ClassifierFormat = CLASSIFIER_FORMATS.find((one) => one.id === id) ?? expect.fail(id);
  const files = format.files.bind(format);
  vi.spyOn(format, 'files').mockImplementation((run) => files(change(run)));
  // The head of «layers» takes vectors as they come, the plain one those of length 1.
  const { told, disk } = await take('layers', id);
  expect(told).toMatchObject({ type: 'failed', error: { code: 'export-differs' } });
  expect(told.type === 'failed' && told.error.message).toMatch(why);
  expect(disk.files.size).toBe(0);
});

function spoiled(run: ExportedClassifier): ExportedClassifier {
  const { tensors } = run;
  return {
    ...run,
    tensors: {
      ...{ names: tensors.names, shape: (name) => tensors.shape(name) },
      async lines(name, from, to) {
        const values = (await tensors.lines(name, from, to)).slice();
        if (name === 'encoder.layer.0.attention.self.value.weight' && from === 0) values[3] = 5;
        return values;
      },
    },
  };
}

function lengthened(run: ExportedClassifier): ExportedClassifier {
  return { ...run, head: { ...run.head, normalised: !run.head.normalised } };
}

/** A head with one value that is another. */
function moved(head: TrainedModel['head']): TrainedModel['head'] {
  if (isOfRecipes(head)) throw new Error('It is a head of recipes.');
  return { ...head, bias: head.bias.map((value, i) => (i === 0 ? value + 0.5 : value)) };
}

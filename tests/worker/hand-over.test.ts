/** Runs handed over to a bigger machine: what is written are the run's own rows, folds, masks and settings. */
import '../helpers/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import type { HandOverId } from '../../src/core/export/hand-over/trainers';
import { conversationOf } from '../../src/core/data/conversations';
import type { Row } from '../../src/core/data/dataset';
import { AppError } from '../../src/core/errors';
import type { GenerationReport } from '../../src/core/report/generation';
import { settingsOf } from '../../src/core/settings/defaults';
import { autoChoices } from '../../src/core/settings/defaults';
import { chatReaderOf } from '../../src/core/text/chat-reader';
import { encodeExample } from '../../src/core/text/examples';
import { saveDataset } from '../../src/storage/datasets';
import { getReport, getRun } from '../../src/storage/runs';
import { readDecoder } from '../../src/engine/models/read-model';
import { TrainingJob } from '../../src/worker/job';
import { Disk } from '../helpers/disk';
import { addDataset, createHarness, type JobHarness, request, spamRows } from '../helpers/job';
import { classificationReport } from '../helpers/classification-report';
import { sampleLadder } from '../helpers/ladder-sample';
import { builtInModel } from '../helpers/models';
import { sampleDataset } from '../helpers/storage';
import { tinyModelFiles } from '../helpers/tiny-model';
import { tinyWriterFiles } from '../helpers/tiny-writer';
import { unzipped } from '../helpers/unzipped';

const WRITER = 'SmolLM2-135M-Instruct';

async function handOver(harness: JobHarness, runId: string, format: HandOverId) {
  const disk = new Disk();
  harness.events.length = 0;
  const job = new TrainingJob({ ...harness.ports, takeFile: disk.open });
  await job.take({ type: 'take', requestId: 't', runId, format, place: 'p', backend: 'wasm' });
  const told = harness.events.at(-1) ?? expect.fail('Nothing was said.');
  const [zip] = disk.files.values();
  const files = new Map(
    [...(zip ? unzipped(zip.bytes) : [])].map(([path, bytes]) => [path.replace(/^[^/]+\//, ''), bytes]),
  );
  const text = (path: string): string =>
    new TextDecoder().decode(files.get(path) ?? expect.fail(`No ${path}: ${JSON.stringify(told)}`));
  const lines = <T>(path: string): T[] =>
    text(path)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as T);
  return { told, files, text, lines };
}

function withNotices(files: Map<string, Uint8Array<ArrayBuffer>>): Map<string, Uint8Array<ArrayBuffer>> {
  for (const file of ['LICENSE', 'NOTICE']) files.set(file, Uint8Array.from(new TextEncoder().encode(`The ${file}.`)));
  return files;
}

interface Labelled {
  id: number;
  line: number;
  text: string;
  label: string;
  fold?: number;
}

describe('a run that sorts', () => {
  const rows = spamRows(60).map((row) => ({ ...row, rowId: row.rowId + 100 }));
  const tested = spamRows(12, 9);
  let trained: JobHarness;
  beforeAll(async () => {
    const files = withNotices(tinyModelFiles());
    trained = await createHarness({
      modelFiles: () => ({ read: (file) => Promise.resolve(files.get(file) ?? expect.fail(`${file} is asked for`)) }),
    });
    await addDataset(trained.database, 'd', rows);
    await addDataset(trained.database, 'test', tested);
    const choices = { ...autoChoices(), nEpochs: 2, batchSize: 4, layers: 1, learningRate: 0.003, seed: 7 };
    const evaluation = { folds: 3, test: { kind: 'file', datasetId: 'test' } } as const;
    await trained.job.start('q', request({ runId: 'layers', method: 'top-layers', choices, evaluation }));
    await trained.job.start('q', request({ runId: 'plain', method: 'features', evaluation }));
  });

  test('its rows go along in their order, each in the fold that the run held it out in', async () => {
    const { lines, told } = await handOver(trained, 'layers', 'hand-over:trainer');
    const report = classificationReport(await getReport(trained.database, 'layers'));
    const written = lines<Labelled>('data/train.jsonl');
    expect(written.map(({ id, line, text, label }) => ({ rowId: id, line, text, target: label }))).toEqual(rows);
    const folds = new Map(report.out_of_fold.predictions.map(({ line, fold }) => [line, fold]));
    expect(new Set(folds.values())).toEqual(new Set([0, 1, 2]));
    expect(written.map(({ fold }) => fold)).toEqual(written.map(({ line }) => folds.get(line)));
    expect(lines<Labelled>('data/test.jsonl').map(({ text, label }) => [text, label])).toEqual(
      tested.map(({ text, target }) => [text, target]),
    );
    if (told.type !== 'taken') throw new Error(JSON.stringify(told));
    expect(told.file.parity).toMatchObject({
      task: 'hand-over',
      rows: { training: 60, held_out: 12, by_fold: report.cross_validation.folds.map((fold) => fold.rows) },
    });
  });

  test('every setting of its method stands in settings.json with the run’s value, or is listed with why', async () => {
    const { text } = await handOver(trained, 'layers', 'hand-over:trainer');
    const run = (await getRun(trained.database, 'layers')) ?? expect.fail('No run.');
    const written = JSON.parse(text('settings.json')) as {
      settings: Record<string, unknown>;
      not_mapped: { name: string; value: unknown; why: string }[];
    };
    for (const { key, name } of settingsOf('top-layers')) {
      const other = written.not_mapped.find((one) => one.name === name);
      if (other) expect(other.why).not.toBe('');
      expect([name, other ? other.value : written.settings[name]]).toEqual([name, run.settings?.[key]]);
      expect(text('README.md')).toContain(`\`${name}\``);
    }
    expect(written.not_mapped.map(({ name }) => name)).toEqual(['recipe']);
    expect(written.settings).toMatchObject({ n_epochs: 2, batch_size: 4, learning_rate: 0.003, seed: 7 });
  });

  test('of a search they are the settings that it found, which the report has', async () => {
    const report = classificationReport(await getReport(trained.database, 'layers'));
    const found = {
      ...{ ...report, ladder: sampleLadder() },
      settings: { ...report.settings, learning_rate: 0.0007, n_epochs: 9 },
    };
    await trained.database.put('reports', { runId: 'layers', report: found });
    const { text } = await handOver(trained, 'layers', 'hand-over:trainer');
    await trained.database.put('reports', { runId: 'layers', report });
    expect(JSON.parse(text('settings.json'))).toMatchObject({
      settings: { learning_rate: 0.0007, n_epochs: 9, batch_size: 4 },
      report: {
        settings: { learning_rate: 0.0007 },
        notes: [expect.stringMatching(/on these folds.*; the test part/)],
      },
    });
  });

  test('noise that only the page draws is no setting of a report from elsewhere', async () => {
    const report = classificationReport(await getReport(trained.database, 'layers'));
    const noisy = { ...report, method: 'full', settings: { ...report.settings, augmentation: 'both' } };
    await trained.database.put('reports', { runId: 'layers', report: noisy });
    const { text } = await handOver(trained, 'layers', 'hand-over:trainer');
    await trained.database.put('reports', { runId: 'layers', report });
    expect(JSON.parse(text('settings.json'))).toMatchObject({
      not_mapped: expect.arrayContaining([expect.objectContaining({ name: 'augmentation', value: 'both' })]) as object,
      report: { settings: { augmentation: 'none' }, notes: [expect.stringContaining('noise in them (both)')] },
    });
  });

  test('scripts hold nothing of the run, and Ray’s go along where it is asked for', async () => {
    const plain = await handOver(trained, 'layers', 'hand-over:trainer');
    const ray = await handOver(trained, 'layers', 'hand-over:trainer-ray');
    const scripts = [...ray.files.keys()].filter((path) => path.endsWith('.py')).sort();
    expect(scripts).toEqual(['fit.py', 'order.py', 'ray_train.py', 'report.py', 'train.py']);
    for (const path of scripts.filter((one) => one !== 'ray_train.py')) expect(plain.text(path)).toBe(ray.text(path));
    expect(plain.files.has('ray_train.py')).toBe(false);
    expect([...ray.files.keys()]).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE', 'base/model.safetensors']));
  });

  test('by its public name the base’s weights stay behind, its tokenizer does not', async () => {
    const { files, text } = await handOver(trained, 'layers', 'hand-over:trainer:named');
    expect(files.has('base/model.safetensors')).toBe(false);
    expect(files.has('base/tokenizer.json')).toBe(true);
    expect(JSON.parse(text('settings.json'))).toMatchObject({
      base: { tokenizer: 'base', weights: 'sentence-transformers/all-MiniLM-L6-v2', revision: null },
    });
  });

  test('rows that are split otherwise than they were are not handed over', async () => {
    const report = classificationReport(await getReport(trained.database, 'layers'));
    const [first, ...others] = report.out_of_fold.predictions;
    if (!first) throw new Error('No answer.');
    const moved = { ...first, fold: ((first.fold ?? 0) + 1) % 3 };
    const changed = { ...report, out_of_fold: { ...report.out_of_fold, predictions: [moved, ...others] } };
    await trained.database.put('reports', { runId: 'layers', report: changed });
    const { told, files } = await handOver(trained, 'layers', 'hand-over:trainer');
    await trained.database.put('reports', { runId: 'layers', report });
    expect(told).toMatchObject({ type: 'failed', error: { code: 'data-unusable' } });
    expect(files.size).toBe(0);
  });

  test('a test part that is another now is not handed over, one that was never answered is', async () => {
    const report = classificationReport(await getReport(trained.database, 'layers'));
    const test = report.test ?? expect.fail('No test part.');
    const [first, ...others] = test.predictions;
    if (!first) throw new Error('No answer.');
    for (const predictions of [[{ ...first, label: first.label === 'ham' ? 'spam' : 'ham' }, ...others], others]) {
      await trained.database.put('reports', { runId: 'layers', report: { ...report, test: { ...test, predictions } } });
      const { told } = await handOver(trained, 'layers', 'hand-over:trainer');
      expect(told).toMatchObject({ type: 'failed', error: { code: 'data-unusable' } });
    }
    await trained.database.put('reports', { runId: 'layers', report: { ...report, test: null } });
    const { told } = await handOver(trained, 'layers', 'hand-over:trainer');
    await trained.database.put('reports', { runId: 'layers', report });
    expect(told).toMatchObject({ type: 'taken' });
  });

  test('a run that trained nothing of the model says what would be worth handing over', async () => {
    const { told } = await handOver(trained, 'plain', 'hand-over:trainer');
    expect(told).toMatchObject({ type: 'failed', error: { code: 'config-invalid' } });
    expect(JSON.stringify(told)).toContain('Train top layers');
  });
});

interface Answered {
  id: number;
  fold: number | null;
  input_ids: number[];
  labels: number[];
  prompt_ids?: number[];
}

describe('a run of written answers', () => {
  const names = 'ann bob cay dan eve fay gus hal ira jan kim leo max nan ole pam'.split(' ');
  const rows: Row[] = names.map((name, i) => {
    const row = { rowId: i + 1, line: i + 1, text: `hi ${name}`, target: `yo ${name}` };
    if (i % 3 !== 0) return row;
    return {
      ...{ ...row, text: `first\n\nhi ${name}` },
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'one', weight: i % 2 === 0 ? 0 : 1 },
        { role: 'user', content: `hi ${name}` },
        { role: 'assistant', content: `yo ${name}` },
      ],
    };
  });
  const files = withNotices(tinyWriterFiles());
  let trained: JobHarness;
  beforeAll(async () => {
    trained = await createHarness({
      modelFiles: (id) => ({
        read: (file, stop) => {
          if (id !== WRITER) return builtInModel(id).read(file, stop);
          const bytes = files.get(file);
          return bytes ? Promise.resolve(bytes) : Promise.reject(new AppError('model-missing', `${file} is missing.`));
        },
      }),
    });
    const dataset = { ...sampleDataset('d', rows), task: 'generation' as const };
    await saveDataset(trained.database, { dataset, rows, tokenCounts: null, file: null });
    await trained.job.start('q', {
      ...{ runId: 'run', name: 'A voice', datasetId: 'd', datasetVersion: 1, modelId: WRITER },
      ...{ method: 'generation-adapter', backend: 'wasm', limit: 0 },
      choices: { ...autoChoices(), nEpochs: 1, rank: 2, maxLength: 256, maxSteps: 2 },
      evaluation: { folds: 1, test: { kind: 'hold-out', share: 0.25 } },
    });
    expect(await getRun(trained.database, 'run')).toMatchObject({ state: 'succeeded', error: null });
  });

  test('its rows go along as the tokens that the run learned, those held out in a file of their own', async () => {
    const { lines } = await handOver(trained, 'run', 'hand-over:trl');
    const report = (await getReport(trained.database, 'run')) as GenerationReport;
    const model = await readDecoder({ read: (file) => Promise.resolve(files.get(file) ?? expect.fail(file)) });
    const reader = chatReaderOf(model.manifest.tokenizer, model.tokenizerJson);
    const [learned, held] = [lines<Answered>('data/train.jsonl'), lines<Answered>('data/validation.jsonl')];
    expect(held.map(({ id }) => id)).toEqual(report.generation.samples.map(({ line }) => line));
    expect(learned.map(({ id }) => id)).toEqual(
      names.map((_, i) => i + 1).filter((id) => !held.some((row) => row.id === id)),
    );
    for (const { id, input_ids, labels } of [...learned, ...held]) {
      const example = encodeExample(reader, conversationOf(rows[id - 1] ?? expect.fail()), 256);
      expect(input_ids).toEqual([...example.ids]);
      expect(labels).toEqual(Array.from(example.ids, (token, at) => (example.trained[at] === 1 ? token : -100)));
      expect(labels.filter((label) => label !== -100).length).toBeGreaterThan(0);
    }
    expect(held.every(({ prompt_ids: prompt = [] }) => prompt.length > 0)).toBe(true);
  });

  test('a sample says whether a training row of its fold asks the same', async () => {
    const report = (await getReport(trained.database, 'run')) as GenerationReport;
    const held = new Set(report.generation.samples.map(({ line }) => line));
    const learned = rows.find(({ line }) => !held.has(line)) ?? expect.fail();
    const [first, ...others] = report.generation.samples;
    if (!first) throw new Error('No answer.');
    const samples = [{ ...first, prompt: learned.text.toUpperCase() }, ...others];
    const changed = { ...report, generation: { ...report.generation, samples } };
    await trained.database.put('reports', { runId: 'run', report: changed });
    const { lines } = await handOver(trained, 'run', 'hand-over:trl');
    await trained.database.put('reports', { runId: 'run', report });
    const flags = lines<{ prompt_is_trained: boolean }>('data/answers_before.jsonl').map(
      (row) => row.prompt_is_trained,
    );
    expect(flags).toEqual([true, ...others.map(() => false)]);
  });

  test.each(['axolotl', 'llama-factory'] as const)(
    'for %s every setting of its method is in its file, or listed',
    async (id) => {
      const { text } = await handOver(trained, 'run', `hand-over:${id}`);
      const yaml = text(id === 'axolotl' ? 'axolotl.yaml' : 'llama_factory.yaml');
      const { settings, not_mapped } = JSON.parse(text('settings.json')) as {
        settings: Record<string, unknown>;
        not_mapped: { name: string }[];
      };
      expect(Object.keys(settings).length + not_mapped.length).toBe(settingsOf('generation-adapter').length);
      for (const name of Object.keys(settings)) expect(yaml).toMatch(new RegExp(`^${name}: `, 'm'));
      expect(not_mapped.map(({ name }) => name)).toEqual(['early_stopping_patience']);
      expect(yaml).toMatch(/^lora_(r|rank): 2$/m);
      expect(yaml).toMatch(/^max_steps: 2$/m);
      expect(yaml).toMatch(/^(sequence_len|cutoff_len): 256$/m);
    },
  );
});

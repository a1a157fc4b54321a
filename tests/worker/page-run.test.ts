/** A run written into a page of its own and read back from its bytes: it answers as the run does, or it is refused. */
import { expect, test } from 'vitest';
import { onePageEnd, onePageFile } from '../../src/core/export/one-page/page-file';
import type { PageFacts } from '../../src/core/export/one-page/page-index';
import { readPage } from '../../src/core/export/one-page/page-parts';
import { pageParts } from '../../src/core/export/one-page/page-reader';
import { bytesSource } from '../../src/core/formats/byte-source';
import type { RunRequest } from '../../src/core/run/record';
import { autoChoices } from '../../src/core/settings/defaults';
import type { SettingChoices } from '../../src/core/settings/settings';
import { initBackend } from '../../src/engine/device/select';
import { getWeights } from '../../src/storage/runs';
import { ownAnswers, writtenAnswers } from '../../src/worker/page-answers';
import { readPageRun } from '../../src/worker/page-run';
import { addDataset, createHarness, type JobHarness, request, spamRows } from '../helpers/job';

const TEXTS = ['a', 'win free cash now', '👩‍🔬 tea', 'مرحبا mum', ' \n\t ', `tea ${'tea '.repeat(100)}`, 'lunch at home'];
const NASTY = ['</script><script>alert(1)</script>', '__proto__\n"quoted" <!--'];
const TEMPLATE = new TextEncoder().encode('<!doctype html><script>if (1 <2) "\n<script type=";</script>\n');
const { signal } = new AbortController();

/** A run on rows with labels that would end a script, of a model with the texts that go along with it. */
async function trained(...[method, choices]: [RunRequest['method'], SettingChoices]): Promise<JobHarness> {
  const harness = await createHarness();
  const { modelFiles } = harness.ports;
  harness.ports.modelFiles = (...asked) => ({
    read: (file) =>
      /^[A-Z]+$/.test(file)
        ? Promise.resolve(new TextEncoder().encode(`${file} <b>`))
        : modelFiles(...asked).read(file),
  });
  const rows = spamRows(40).map((row) => ({ ...row, target: NASTY[row.target === 'spam' ? 1 : 0] ?? '' }));
  await addDataset(harness.database, 'd', rows);
  await harness.job.start('q', request({ method, choices, evaluation: { folds: 2, test: { kind: 'none' } } }));
  return harness;
}

async function pageBytes(harness: JobHarness, dtype: PageFacts['dtype']): Promise<Uint8Array> {
  const { classifier } = await readPageRun(harness.ports, 'run', { signal });
  const file = onePageFile('run.html', TEMPLATE, { ...classifier, dtype });
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk.slice());
  const bytes = Buffer.concat(chunks);
  expect(bytes.length).toBe(file.bytes);
  return bytes;
}

/** The largest difference of a probability. */
async function difference(harness: JobHarness, dtype: PageFacts['dtype'], change = (bytes: Uint8Array) => bytes) {
  const device = await initBackend('wasm');
  const run = await readPageRun(harness.ports, 'run', { signal });
  const own = await ownAnswers(run, TEXTS, device, { signal });
  const source = bytesSource('run.html', change(await pageBytes(harness, dtype)));
  const theirs = await writtenAnswers(source, TEXTS, device, { signal });
  expect(theirs.tokens).toEqual(own.tokens);
  expect(theirs.cut).toEqual(own.cut);
  const [a = [], b = []] = [own.probabilities[0], theirs.probabilities[0]];
  expect(b.length).toBe(2 * TEXTS.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? NaN))));
}

const quick = { ...autoChoices(), nEpochs: 2, batchSize: 8, learningRate: 1e-2, headLearningRate: 3e-2 };

test.each([
  ['features', { ...autoChoices(), recipe: 'choose' }, 0],
  ['top-layers', { ...quick, layers: 1 }, 1e-3],
  ['full', { ...quick, trainEmbeddings: true }, 1e-3],
  ['adapter', { ...quick, rank: 2 }, 0],
] as const)(
  '%s: the page that was written answers as the run does, and no longer once a value is another',
  async (method, choices, tolerance) => {
    const harness = await trained(method, choices);
    expect(await difference(harness, 'float16')).toBeLessThanOrEqual(tolerance);
    // Some of a tiny model are whole blocks of 32 values.
    expect(await difference(harness, 'int8')).toBeLessThan(0.05);
    const bytes = await pageBytes(harness, 'float16');
    const text = new TextDecoder().decode(bytes.subarray(TEMPLATE.length));
    // No label ends a script: what is not of the template is the parts alone.
    expect(text).toMatch(/^(<script type="[\w/-]+" data-hone="\w+" data-crc="\w{8}">[^<]*<\/script>\n)+$/);
    const { index } = await readPage(pageParts(bytesSource('run.html', bytes)));
    expect(index.model).toMatchObject({ labels: expect.arrayContaining(NASTY) as unknown });
    expect(index.notices.map((notice) => notice.text)).toEqual(['NOTICE <b>', 'LICENSE <b>']);

    const weights = (await getWeights(harness.database, 'run')) ?? expect.fail('Weights are kept.');
    const { head, encoder } = weights.tuned;
    const values =
      encoder[0]?.values ?? ('kind' in head ? head.parts[0]?.weight : head.weight) ?? expect.fail('It has values.');
    values.set(values.map((value, i) => (i % 7 === 0 ? value + 2 : value)));
    await harness.database.put('weights', { ...weights, runId: 'run' });
    expect(await difference(harness, 'float16', () => bytes)).toBeGreaterThan(1e-3);
  },
);

test('a page with one other character, one that was cut off and one with its blocks swapped are refused', async () => {
  const harness = await trained('features', { ...autoChoices(), recipe: 'plain' });
  const bytes = await pageBytes(harness, 'float16');
  const whole = Buffer.concat([bytes, onePageEnd({ same: true })]);
  const read = (changed: Uint8Array) => readPage(pageParts(bytesSource('run.html', changed)));
  await expect(read(whole)).resolves.toMatchObject({ parity: { same: true } });
  const flipped = Uint8Array.from(whole);
  flipped[bytes.length - 40] = flipped[bytes.length - 40] === 65 ? 66 : 65;
  await expect(read(flipped)).rejects.toMatchObject({ code: 'model-damaged' });
  await expect(read(whole.subarray(0, whole.length >> 1))).rejects.toMatchObject({ code: 'model-damaged' });
  await expect(read(TEMPLATE)).rejects.toMatchObject({ code: 'model-damaged' });
  const lines = whole.toString('latin1').split('\n');
  const last = lines.findLastIndex((line) => line.includes('data-hone="block"'));
  const swapped = lines.with(last, lines[last - 1] ?? '').with(last - 1, lines[last] ?? '');
  await expect(read(Buffer.from(swapped.join('\n'), 'latin1'))).rejects.toMatchObject({ code: 'model-damaged' });
});

/** What the page answers to some texts, and what a page of its own answers that was written: the two sides of its proof. */
import { pageParts } from '../core/export/one-page/page-reader';
import { readPage } from '../core/export/one-page/page-parts';
import type { ByteSource } from '../core/formats/byte-source';
import { AppError } from '../core/errors';
import type { Device } from '../engine/device/select';
import { type TextAnswers, TextAnswerer } from '../engine/tasks/classification/answer-texts';
import { pageClassifier } from '../engine/tasks/classification/page-classifier';
import type { PageRun } from './page-run';

interface AskOptions {
  signal: AbortSignal;
  onTexts?: (done: number) => void;
}

/** Of the run's own model. */
export async function ownAnswers(
  { classifier: { kept, first }, models }: PageRun,
  texts: readonly string[],
  { guard }: Device,
  options: AskOptions,
): Promise<TextAnswers> {
  const read = async (id: string) => {
    const model = models.get(id);
    if (model === undefined) throw new AppError('internal', `The encoder «${id}» was not read.`);
    return model;
  };
  return asked(await TextAnswerer.open([kept], { first, guard, read }), texts, options);
}

/** Of a page, read from its bytes, with its labels. Throws `model-damaged` where they are not as they were written. */
export async function writtenAnswers(
  source: ByteSource,
  texts: readonly string[],
  { guard }: Device,
  options: AskOptions,
): Promise<TextAnswers & { labels: readonly string[] }> {
  const page = pageClassifier(await readPage(pageParts(source)));
  const answers = await asked(await page.open(guard), texts, options);
  return { ...answers, labels: page.kept.labels };
}

/** One model after the other is on the device, never both. */
async function asked(answerer: TextAnswerer, texts: readonly string[], options: AskOptions): Promise<TextAnswers> {
  try {
    return await answerer.answer(texts, options);
  } finally {
    answerer.dispose();
  }
}

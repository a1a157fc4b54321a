/** The proof of a page of its own: read back from its bytes, asked what the run's own model is asked, compared label by label. */
import { AppError } from '../core/errors';
import {
  CLASSIFIER_BUDGET,
  type ClassifierParity,
  classifierParity,
  parityTexts,
} from '../core/export/classifier/parity';
import type { PageFormat } from '../core/export/formats';
import type { Device } from '../engine/device/select';
import { ownAnswers, writtenAnswers } from './page-answers';
import type { PageRun } from './page-run';
import { demandSameAnswers } from './prove-classifier';
import { type BackFile, differs } from './read-back';

interface ProveOptions {
  signal: AbortSignal;
  /** Share that is done. */
  onProgress?: ((share: number) => void) | undefined;
}

/** Throws `export-differs` where the page answers otherwise, and as `writtenAnswers`. */
export async function provePage(
  format: PageFormat,
  run: PageRun,
  files: readonly BackFile[],
  device: Device,
  { signal, onProgress }: ProveOptions,
): Promise<ClassifierParity> {
  const { kept } = run.classifier;
  const { backend } = device.description;
  const [model] = run.models.values();
  const [file] = files;
  if (model === undefined || file === undefined) throw new AppError('internal', `${format.title} holds nothing.`);
  const texts = parityTexts(
    run.samples,
    (text) => model.tokenizer.countTokens(text, kept.maxLength),
    CLASSIFIER_BUDGET[backend],
  );
  const asked = texts.map(({ text }) => text);
  const telling = (before: number) => ({
    signal,
    onTexts: (done: number) => onProgress?.(before + done / asked.length / 2),
  });
  const own = await ownAnswers(run, asked, device, telling(0));
  const theirs = await writtenAnswers(file.source, asked, device, telling(0.5));
  device.guard.check();
  const unlike = own.tokens.filter((count, i) => count !== theirs.tokens[i]).length;
  if (unlike > 0) throw differs(format, `its tokenizer reads ${unlike} of ${asked.length} texts otherwise`);
  if (theirs.labels.join('\0') !== kept.labels.join('\0')) throw differs(format, 'its labels are not those of the run');
  const { id, sha256 } = model.manifest;
  return demandSameAnswers(
    format,
    classifierParity(format, {
      ...{ base: { id, sha256 }, plain: false, computed_on: backend, classes: kept.labels.length, texts },
      ...{ tokens: own.tokens, own: valuesOf(own), theirs: valuesOf(theirs) },
      files: files.map(({ written }) => written),
    }),
  );
}

function valuesOf({ probabilities: [values = new Float32Array()] }: { probabilities: Float32Array[] }): Float32Array {
  return values;
}

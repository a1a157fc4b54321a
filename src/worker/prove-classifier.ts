/** The proof of a run that sorts: its files read back, computed anew, compared with the run's own model on the same texts. */
import { AppError } from '../core/errors';
import { templateReader } from '../core/export/classifier/encoder-files';
import {
  CLASSIFIER_BUDGET,
  type ClassifierParity,
  classifierParity,
  parityTexts,
} from '../core/export/classifier/parity';
import { readClassifierLabels, readHead } from '../core/export/classifier/read-head';
import type { ClassifierFormat, PageFormat } from '../core/export/formats';
import type { ByteSource } from '../core/formats/byte-source';
import { readText } from '../core/models/own-json';
import { readOwnModel } from '../core/models/read-own-model';
import type { TrainedModel } from '../core/run/trained-model';
import { createTokenizer } from '../core/text/tokenizer';
import { formatAmount } from '../core/words/numbers';
import type { Device } from '../engine/device/select';
import { forkOf } from '../engine/fit/fork';
import { withWeights } from '../engine/models/encoder';
import { placeModel } from '../engine/models/read-model';
import { disposeWeights } from '../engine/models/weights';
import { encoderAnswers, graphAnswers, placeFileEncoder } from '../engine/proof/classifier-parity';
import type { CompareOptions } from '../engine/proof/decoder-parity';
import type { TakenClassifier } from './exported-classifier';
import { type BackFile, differs } from './read-back';

interface Answers {
  labels: readonly string[];
  ids: readonly Int32Array[];
  /** [texts, labels] */
  probabilities: Float32Array;
}

/** Throws `export-differs` where the files answer otherwise, and what their readers throw. */
export async function proveClassifier(
  format: ClassifierFormat,
  run: TakenClassifier,
  files: readonly BackFile[],
  device: Device,
  options: CompareOptions,
): Promise<ClassifierParity> {
  const { model, trained, plain, samples, exported } = run;
  const { backend } = device.description;
  const { tokenizer } = model;
  const texts = parityTexts(
    samples,
    (text) => tokenizer.countTokens(text, trained.maxLength),
    CLASSIFIER_BUDGET[backend],
  );
  const asked = texts.map(({ text }) => text);
  const ids = asked.map((text) => tokenizer.encode(text, trained.maxLength));
  const own = await ownAnswers(run, ids, options);
  const sources = files.map(({ source }) => source);
  const theirs = await (format.id === 'sentence-transformers'
    ? sentenceAnswers(format, exported.folder, sources, asked, options)
    : onnxAnswers(format, sources, asked, trained, options));
  device.guard.check();
  const unlike = ids.filter((row, i) => row.join() !== theirs.ids[i]?.join()).length;
  if (unlike > 0)
    throw differs(format, `its tokenizer reads ${unlike} of ${formatAmount(ids.length, 'text')} otherwise`);
  if (theirs.labels.length !== trained.labels.length || theirs.labels.some((label, i) => label !== trained.labels[i])) {
    throw differs(format, 'its labels are not those of the run');
  }
  const { id, sha256 } = model.manifest;
  return demandSameAnswers(
    format,
    classifierParity(format, {
      ...{ base: { id, sha256 }, plain, computed_on: backend, classes: trained.labels.length, texts },
      ...{ tokens: ids.map(({ length }) => length), own, theirs: theirs.probabilities },
      files: files.map(({ written }) => written),
    }),
  );
}

/** The proof itself where it holds; throws `export-differs` where it does not. */
export function demandSameAnswers(format: ClassifierFormat | PageFormat, parity: ClassifierParity): ClassifierParity {
  if (parity.same) return parity;
  const { answers, largest_difference: difference, tolerance } = parity;
  throw differs(
    format,
    `its probabilities differ by ${difference.toPrecision(2)}, where ${tolerance} is rounding, and it answers ` +
      `${formatAmount(answers.rows - answers.same, 'text')} of ${answers.rows} with another label`,
  );
}

async function ownAnswers({ model, trained }: TakenClassifier, ids: readonly Int32Array[], options: CompareOptions) {
  const encoder = placeModel(model, ids);
  try {
    const fork = trained.encoder.length > 0 ? forkOf(encoder, trained) : null;
    try {
      const own = fork ? withWeights(encoder, fork.weights, fork.lora) : encoder;
      return await encoderAnswers(own, trained.head, ids, turnOf(options));
    } finally {
      fork?.dispose();
    }
  } finally {
    disposeWeights(encoder.weights);
  }
}

async function onnxAnswers(
  format: ClassifierFormat,
  sources: readonly ByteSource[],
  texts: readonly string[],
  { maxLength, labels }: Pick<TrainedModel, 'maxLength' | 'labels'>,
  { turn, onProgress }: CompareOptions,
): Promise<Answers> {
  const find = (ending: string): ByteSource => finding(format, sources, ending);
  const read = templateReader(await readText(find('tokenizer.json')), maxLength);
  const ids = texts.map((text) => read(text));
  const probabilities = await graphAnswers(find('.onnx'), ids, labels.length, {
    ...(turn && { turn }),
    ...(onProgress && { onProgress }),
  });
  return { labels: await readClassifierLabels(find('config.json')), ids, probabilities };
}

async function sentenceAnswers(
  format: ClassifierFormat,
  folder: string,
  sources: readonly ByteSource[],
  texts: readonly string[],
  options: CompareOptions,
): Promise<Answers> {
  const own = await readOwnModel(folder, sources);
  if (own.task !== 'encoder') throw new AppError('internal', `${format.title} holds a model that writes text.`);
  const { head, labels } = await readHead((ending) => finding(format, sources, ending));
  const tokenizer = createTokenizer(JSON.parse(own.tokenizer.json), own.prompt);
  const ids = texts.map((text) => tokenizer.encode(text, own.maxTokens));
  const encoder = await placeFileEncoder(own, ids);
  try {
    return { labels, ids, probabilities: await encoderAnswers(encoder, head, ids, turnOf(options)) };
  } finally {
    disposeWeights(encoder.weights);
  }
}

function finding({ title }: ClassifierFormat, sources: readonly ByteSource[], ending: string): ByteSource {
  const found = sources.find(({ file }) => file === ending || (ending.startsWith('.') && file.endsWith(ending)));
  if (found === undefined) throw new AppError('internal', `${title} has no file ${ending}.`);
  return found;
}

function turnOf({ turn }: CompareOptions): () => Promise<void> {
  return turn ?? (() => Promise.resolve());
}

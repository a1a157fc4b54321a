/** What the screen says of a file to take away: where it is, and how it was proved. Pure. */
import { adapterParameters } from '../../../core/models/lora';
import type { ModelEntry } from '../../../core/models/card';
import type { ExportFormat, ExportSize } from '../../../core/export/formats';
import { plainDifference } from '../../../core/export/describe';
import type { WriterParity } from '../../../core/export/parity';
import type { ClassifierParity } from '../../../core/export/classifier/parity';
import type { TakenFile, TakeProgress } from '../../../core/export/take';
import { isPlainInWords } from '../../../core/report/recipes';
import type { Report } from '../../../core/report/report';
import { bytesOfValues } from '../../../core/formats/tensor-types';
import { encodersOf, encoderTitle } from '../../../core/models/encoders';
import type { DatasetVersion } from '../../../core/data/dataset';
import type { BundleManifest } from '../../../core/export/bundle/manifest';
import type { Run } from '../../../core/run/record';
import { isKnownMethod, methodDefinition } from '../../../core/settings/methods';
import type { Settings } from '../../../core/settings/settings';
import { formatAmount, formatBytes, formatCount, formatPercent } from '../../../core/words/numbers';
import type { TakeState } from '../../../state/takes.svelte';
import { explain } from '../../messages';
import type { IconName } from '../../parts/icons';
import { proofWords } from './hand-over-words';

/**
 * The sizes of a run's files before they are written; null where nothing is known of its base. `encoders` are all that it may
 * ask, where it sorts.
 */
export function exportSize(
  model: ModelEntry | null,
  settings: Settings | null,
  encoders: readonly ModelEntry[] = [],
): ExportSize | null {
  if (model === null || settings === null) return null;
  const { rank, targetModules } = settings;
  return {
    parameters: model.card.parameters,
    adapterParameters: adapterParameters(model.shape, { rank, targets: targetModules }),
    tokenizerBytes: model.tokenizerBytes,
    encoders: encoders.map(({ card, tokenizerBytes, dtypes }) => ({
      ...{ parameters: card.parameters, tokenizerBytes },
      // Most of its values are of the smallest: the matrices.
      valueBytes: Math.min(...dtypes.map((dtype) => (bytesOfValues(dtype, 32) ?? 128) / 32)),
    })),
  };
}

/** About what a run keeps: its rows, its answers to them, what was trained. `version`: null where its data were deleted. */
export function runBytesOf(
  { hasWeights }: Pick<Run, 'hasWeights'>,
  report: Report | null,
  version: Pick<DatasetVersion, 'fileBytes' | 'rowCount' | 'labels'> | null,
): number {
  const weights = hasWeights ? 4 * (report?.model.trained_parameters ?? 0) : 0;
  if (version === null) return weights;
  const { fileBytes, rowCount, labels } = version;
  // An answer repeats its text and has a probability for each label, or five answers in words.
  const answers = fileBytes + rowCount * (120 + 22 * labels.length);
  return weights + fileBytes + 40 * rowCount + (report === null ? 0 : answers);
}

type Rows = Pick<DatasetVersion, 'rowCount'>;

/** The data of a run as they are in this browser; each null where it was deleted, `test` where there never was one too. */
export interface RunSets {
  data: Rows | null;
  test: Rows | null;
}

/**
 * What is said before a run bundle is written: what of the person's it holds. `sets`: null until the data sets were read;
 * one that can still be brought back by Undo is in the storage, and in the bundle.
 */
export function bundleWords(
  run: Pick<Run, 'datasetName' | 'datasetVersion' | 'hasWeights' | 'request' | 'method'>,
  sets: RunSets | null,
): string {
  const words =
    sets === null ? 'The bundle holds your data, where they are still in this browser.' : setWords(run, sets);
  const prompts = run.request.prompts?.length ?? 0;
  const more = [
    ...(prompts > 0 ? [`${prompts === 1 ? 'the prompt' : `the ${formatCount(prompts)} prompts`} that you wrote`] : []),
    ...(isKnownMethod(run.method) && methodDefinition(run.method).task === 'generation'
      ? ['your blind vote if you gave one']
      : []),
  ];
  return [
    words,
    ...(more.length === 0 ? [] : [`In it too: ${more.join(' and ')}.`]),
    'Give it to nobody who may not see them.',
    ...(run.hasWeights ? [] : ['The run kept no model, so the bundle has no weights.']),
  ].join(' ');
}

function setWords(
  { datasetName, datasetVersion, request }: Pick<Run, 'datasetName' | 'datasetVersion' | 'request'>,
  { data, test }: RunSets,
): string {
  const hadTest = request.evaluation.test.kind === 'file';
  const what = 'with texts and labels or answers';
  if (data !== null) {
    const also = test === null ? '' : `, and ${rowCountWords(test)} of its test file`;
    const gone = hadTest && test === null ? ' Its test file was deleted, and its rows are not in it.' : '';
    return `The bundle holds your data: ${rowCountWords(data)} of «${datasetName}», version ${datasetVersion}${also}, ${what}.${gone}`;
  }
  const left = `«${datasetName}» was deleted: the bundle has the report, with the texts that it answered, and cannot be run again.`;
  if (test === null) return left;
  return `The bundle holds your data: ${rowCountWords(test)} of the test file, ${what}. ${left}`;
}

function rowCountWords({ rowCount }: Rows): string {
  return rowCount === 1 ? 'the one row' : `all ${formatCount(rowCount)} rows`;
}

/** Ids of the encoders that a run which sorts asks for its answers; all that it may ask, where it keeps no report of it. */
export function askedEncoders(run: Pick<Run, 'modelId' | 'request' | 'method'>, report: Report | null): string[] {
  if (run.method !== 'features') return [run.modelId];
  const all = encodersOf({ modelId: run.modelId, encoder: run.request.encoder }, false);
  const final = report?.task === 'classification' ? report.recipes?.final : undefined;
  const asked = all.filter((id) => final?.recipes.some((recipe) => recipe.includes(encoderTitle(id))));
  return asked.length > 0 ? asked : all;
}

/** A word for the state, a line under it. */
export interface StateWords {
  tone: 'ok' | 'on' | 'bad' | '';
  /** Null: the live dot, or nothing. */
  icon: IconName | null;
  word: string;
  line: string;
}

/** What stands in the column «Proved»; a bundle is read back and not run. */
export function stateWords(state: TakeState, isBundle = false): StateWords {
  switch (state.kind) {
    case 'ready':
      return { tone: '', icon: null, word: '', line: isBundle ? 'read back when written' : 'proved when written' };
    case 'cancelled':
      return { tone: '', icon: null, word: '', line: 'Cancelled. Nothing of it was kept.' };
    case 'working':
      return { tone: 'on', icon: null, ...progressWords(state.progress, isBundle) };
    case 'done':
      return { tone: 'ok', icon: 'check', ...parityWords(state.file.parity) };
    case 'failed': {
      const differs = state.error.code === 'export-differs';
      return {
        tone: 'bad',
        icon: 'block',
        word: differs ? 'Not offered' : 'Not written',
        line: differs && !isBundle ? 'it would answer otherwise' : explain(state.error).title,
      };
    }
    default:
      return state satisfies never;
  }
}

function progressWords(progress: TakeProgress | null, isBundle: boolean): Pick<StateWords, 'word' | 'line'> {
  if (progress === null) return { word: 'Waiting', line: 'for what the model does now' };
  const { phase, done, total } = progress;
  const bytes = `${formatBytes(done)} of ${formatBytes(total)}`;
  switch (phase) {
    case 'loading':
      return { word: 'Reading the model', line: bytes };
    case 'writing':
      return { word: 'Writing', line: `${bytes}, then read back${isBundle ? '' : ' and tried'}` };
    case 'reading-back':
      return { word: 'Reading back', line: bytes };
    case 'proving':
      if (isBundle)
        return { word: 'Reading back', line: `opened as another page will, ${formatPercent(done / total, 0)} done` };
      return { word: 'Proving', line: `run from its own bytes, ${formatPercent(done / total, 0)} done` };
    default:
      return phase satisfies never;
  }
}

/** How far all of it is, 0–1: writing and proving take about as long. */
export function progressShare(progress: TakeProgress | null): number | null {
  if (progress === null) return null;
  const [from, to] = {
    loading: [0, 0.1],
    writing: [0.1, 0.5],
    'reading-back': [0.5, 0.6],
    proving: [0.6, 1],
  }[progress.phase] as [number, number];
  return from + (to - from) * (progress.total > 0 ? progress.done / progress.total : 0);
}

function parityWords(parity: TakenFile['parity']): Pick<StateWords, 'word' | 'line'> {
  if ('task' in parity && parity.task === 'hand-over') return proofWords(parity);
  if ('schema' in parity && parity.schema === 'hone.run-bundle')
    return { word: 'Reads back', line: bundleLine(parity) };
  return 'task' in parity ? classifierWords(parity) : writerWords(parity);
}

function bundleLine({ files, data, test }: BundleManifest): string {
  const counted = formatAmount(files.length + 1, 'file');
  if (data === null && test === null) return `${counted}, no rows`;
  const rows = (data?.rows ?? 0) + (test?.rows ?? 0);
  return `${counted}, ${formatAmount(rows, 'row')}, the same as here`;
}

function classifierWords({ rows, largest_difference: difference, plain }: ClassifierParity) {
  return {
    word: plain ? 'Same as the plain one' : 'Same answers',
    line: `${formatAmount(rows.length, 'row')}, ${difference === 0 ? 'no probability differs' : `probabilities differ by ${figure(difference)} at most`}`,
  };
}

/**
 * Why a run's own classifier can go into no file of other tools, and what is taken in its place; null where it can. `encoder`
 * is the run's first.
 */
export function plainWords(report: Report | null, encoder: string): string | null {
  if (report?.task !== 'classification' || report.method !== 'features' || !report.recipes?.final) return null;
  const { recipes } = report;
  const { recipes: chosen } = report.recipes.final;
  const only = chosen.length === 1 ? chosen[0] : undefined;
  if (only !== undefined && isPlainInWords(only, encoder)) return null;
  const several =
    chosen.length === 1
      ? (only ?? '')
      : `the mean of ${formatAmount(chosen.length, 'recipe')}, such as ${chosen[0] ?? ''}`;
  return (
    `This run answers by ${several}: no other tool’s file holds that, only the page does. Saved for them is the plain classifier that was fitted beside it to ` +
    `the same rows: ${[`${formatPercent(recipes.plain.accuracy)} right`, plainDifference(recipes)].filter(Boolean).join(', ')}.`
  );
}

function writerWords({
  rows,
  answers,
  largest_difference,
  relative_difference,
  first_choices,
}: WriterParity): Pick<StateWords, 'word' | 'line'> {
  const isSame = answers.rows > 0 ? answers.same === answers.rows : first_choices.same === first_choices.places;
  const difference =
    largest_difference === 0
      ? 'no difference'
      : `largest difference ${figure(largest_difference)}, ${figure(relative_difference * 100)} % of the scale`;
  const words =
    answers.rows === 0 || answers.same === answers.rows
      ? ''
      : `; ${formatCount(answers.same)} of ${formatAmount(answers.rows, 'answer')} word for word`;
  return {
    word: isSame ? 'Same answers' : 'Same within rounding',
    line: `${formatAmount(rows.length, 'row')}, ${difference}${words}`,
  };
}

/** Why the rows of a proof are among them, each once, in their order. */
export function rowKinds(parity: TakenFile['parity']): string {
  const all: readonly string[] =
    !('schema' in parity) || parity.schema === 'hone.run-bundle' ? [] : parity.rows.map(({ what }) => what);
  const held = all.filter((what) => what.includes('held-out')).length;
  const kinds = [...new Set(all.filter((what) => !what.includes('held-out')))];
  const among = kinds.includes('longest') ? '' : ', the longest among them';
  return [...kinds, ...(held > 0 ? [`${formatCount(held)} held-out${among}`] : [])].join(', ');
}

/** What a format's values are stored in. */
export function storedIn({ dtype }: Pick<ExportFormat, 'dtype'>): string {
  return {
    float32: 'float32, as trained',
    float16: 'float16',
    q8_0: 'blocks of 8 bits',
    int8: 'weights in 8 bits, sums in float32',
  }[dtype];
}

function figure(value: number): string {
  return value === 0 ? '0' : value < 1e-3 ? value.toExponential(0) : Number(value.toPrecision(2)).toString();
}

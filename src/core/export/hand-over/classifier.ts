/** The folder of a run that sorts texts into labels, for the Trainer of transformers, alone or under Ray. */
import { jsonFile, type PlannedFile, textFile } from '../../formats/planned-file';
import { loraConfigOf } from '../../models/lora';
import type { ClassificationReport } from '../../report/classification';
import { settingsInWords } from '../../report/run-facts';
import { compareLabels } from '../../data/label-map';
import type { Trained } from '../../settings/method';
import reportPy from './python/report_classifier.py?raw';
import trainPy from './python/train_classifier.py?raw';
import { baseFiles, commonSettings, type HandOver, linesFile, sharedScripts, toldSettings } from './hand-over';
import { readme } from './readme';

/** A row as it is written: `fold` null in the test part. */
export interface LabelledRow {
  id: number;
  line: number;
  text: string;
  label: string;
  fold: number | null;
}

export interface ClassifierHandOver extends HandOver {
  /** In the order of the run's classifier. */
  labels: readonly string[];
  /** In the order of the run: the batches of a seed are drawn by places in it. */
  rows: readonly LabelledRow[];
  test: { source: string; rows: readonly LabelledRow[] } | null;
  /** By fold, the ids of its training rows that are set aside to stop by. */
  setAside: readonly (readonly number[])[];
  trained: Trained;
  pooling: 'mean' | 'first';
  /** Of the family, for the names of its layers. */
  family: string;
  /** The run's own, for what stays as it was and what is compared. */
  report: ClassificationReport;
}

/** The folder's files. */
export function classifierHandOver(handed: ClassifierHandOver): PlannedFile[] {
  const { rows, test, trainer } = handed;
  return [
    jsonFile('settings.json', settingsOf(handed)),
    linesFile('data/train.jsonl', rows, (row) => row),
    ...(test === null ? [] : [linesFile('data/test.jsonl', test.rows, ({ fold: _, ...row }) => row)]),
    textFile('train.py', trainPy),
    textFile('report.py', reportPy),
    ...sharedScripts(trainer),
    ...baseFiles(handed),
    ...handed.notices,
    textFile('README.md', readme(handed, FILES)),
  ];
}

const FILES: readonly (readonly [string, string])[] = [
  ['data/train.jsonl', 'the training rows in the run’s order, each with its id, its line in your file and its fold'],
  ['data/test.jsonl', 'the rows that no training saw, where the run has such a part'],
  ['settings.json', 'settings, labels, rows set aside to stop by, what the run in the browser came to'],
  ['train.py, fit.py, order.py, report.py', 'read settings.json; nothing of your run stands in them'],
  ['base/', 'the model that the run began with, and its tokenizer'],
];

function settingsOf(handed: ClassifierHandOver): Record<string, unknown> {
  const { labels, rows, test, setAside, trained, report, family, pooling } = handed;
  const known = new Set([...labels, ...(test?.rows ?? []).map(({ label }) => label)]);
  const { adapter } = trained;
  const lora = adapter && loraConfigOf(adapter, family);
  const common = commonSettings(handed);
  return {
    ...common,
    base: { ...(common['base'] as object), pooling },
    labels,
    label_order: [...known].sort(compareLabels),
    trained: {
      layers: trained.layers,
      embeddings: trained.embeddings,
      lora: lora
        ? {
            r: lora.rank,
            lora_alpha: lora.alpha,
            lora_dropout: lora.dropout,
            target_modules: lora.targetModules,
            use_rslora: lora.rankStabilized,
          }
        : null,
    },
    folds: Math.max(0, ...rows.map(({ fold }) => fold ?? 0)) + 1,
    set_aside: Object.fromEntries(setAside.flatMap((ids, fold) => (ids.length > 0 ? [[String(fold), ids]] : []))),
    test: test && { source: test.source, baselines: report.test?.baselines ?? NO_BASELINES },
    before: {
      // Of a run that was stopped, fewer than there are.
      folds: report.cross_validation.folds.length,
      accuracy: report.cross_validation.accuracy.mean,
      macro_f1: report.cross_validation.macro_f1.mean,
      test_accuracy: report.test?.accuracy ?? null,
    },
    report: {
      dataset: { ...report.dataset, training_rows: rows.length, test_rows: test?.rows.length ?? 0 },
      model: report.model,
      method: report.method,
      method_title: report.method_title,
      settings: toldSettings(handed),
      baselines: report.baselines,
      interval_method: report.cross_validation.interval_method,
      notes: notesOf(handed),
    },
  };
}

/** Of its split, and in what its figures are not those of a run of the page. */
function notesOf({ notes, settings, report, test }: ClassifierHandOver): string[] {
  const { augmentation } = settings;
  const isNoisy = augmentation !== 'none' && settingsInWords(settings)['augmentation'] !== undefined;
  return [
    ...notes,
    ...(isNoisy
      ? [`Trained on the texts as they are: noise in them (${augmentation}) is drawn by the page alone.`]
      : []),
    ...(report.ladder
      ? [
          `Method and settings were chosen by a search on these folds: figures of the folds flatter them${test === null ? '' : '; the test part is fair'}.`,
        ]
      : []),
  ];
}

const NO_BASELINES = { majority: null, tfidf_logistic_regression: null, features_only: null };

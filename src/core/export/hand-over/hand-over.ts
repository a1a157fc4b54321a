/**
 * A run as it is handed over to a bigger machine: its rows with their folds, its settings, the model that it began with, and
 * scripts that read these and hold nothing of the run themselves. What they measure comes back as a report in our own schema.
 */
import { type PlannedFile, textFile } from '../../formats/planned-file';
import { settingsInWords } from '../../report/run-facts';
import type { Settings } from '../../settings/settings';
import orderPy from './python/order.py?raw';
import fitPy from './python/fit.py?raw';
import rayPy from './python/ray_train.py?raw';
import { settingsElsewhere, namedSettings } from './settings-elsewhere';
import type { Trainer } from './trainers';

/** Goes up when a script of before could not read what is written. */
const HAND_OVER_VERSION = 1;

export interface HandOverBase {
  id: string;
  title: string;
  /** Its name on Hugging Face where it is known; null of a model that was brought along. */
  publicName: string | null;
  /** Of the weights that the page read. */
  sha256: string;
  form: string;
  licence: string;
  /** Config and tokenizer: always in the folder, so that texts are read the same way. */
  files: readonly PlannedFile[];
  /** Its weights; null where they are fetched by name. */
  weights: PlannedFile | null;
}

/** What any run is handed over with. */
export interface HandOver {
  trainer: Trainer;
  /** The folder. */
  folder: string;
  run: { id: string; name: string };
  settings: Settings;
  /** Of the last fit, at most: early stopping ends sooner. */
  steps: number;
  base: HandOverBase;
  notices: readonly PlannedFile[];
  /** What was done differently from the plan when rows were split, in words. */
  notes: readonly string[];
}

/** Where the base lies, for a script. */
export function baseEntry({ base }: Pick<HandOver, 'base'>): Record<string, unknown> {
  return {
    id: base.id,
    sha256: base.sha256,
    tokenizer: 'base',
    weights: base.weights === null ? base.publicName : 'base',
    // Which of the public revisions it was made of, its files do not say.
    revision: null,
  };
}

/** What settings.json has of every run. */
export function commonSettings(handed: HandOver): Record<string, unknown> {
  const { trainer, run, settings, steps } = handed;
  const { mapped, others } = settingsElsewhere(trainer.dialect, settings, steps);
  return {
    format: 'hone.hand-over',
    version: HAND_OVER_VERSION,
    trainer: trainer.title,
    run,
    seed: settings.seed,
    settings: namedSettings(mapped),
    not_mapped: others.map(({ name, value, why }) => ({ name, value, why })),
    base: baseEntry(handed),
  };
}

/** The run's settings, as a report from elsewhere has them: there no noise is drawn. */
export function toldSettings({ settings }: Pick<HandOver, 'settings'>): Record<string, number | string | boolean> {
  return settingsInWords({ ...settings, augmentation: 'none' });
}

/** The scripts that all trainers of ours share, and the way to start them on many machines where that is asked for. */
export function sharedScripts({ id, packages }: Trainer): PlannedFile[] {
  return [
    textFile('order.py', orderPy),
    textFile('fit.py', fitPy),
    ...(id.endsWith('-ray') ? [textFile('ray_train.py', rayPy)] : []),
    textFile('requirements.txt', `${packages.join('\n')}\n`),
  ];
}

/** Config, tokenizer and weights of the base in the folder `base`. */
export function baseFiles({ base }: Pick<HandOver, 'base'>): PlannedFile[] {
  const all = base.weights === null ? base.files : [...base.files, base.weights];
  return all.map((file) => ({ ...file, path: `base/${file.path}` }));
}

/** A file of JSON lines: made row by row each time it is asked for. */
export function linesFile<T>(path: string, rows: readonly T[], toJson: (row: T) => unknown): PlannedFile {
  const encoder = new TextEncoder();
  const lineOf = (row: T): Uint8Array => encoder.encode(`${JSON.stringify(toJson(row))}\n`);
  return {
    path,
    bytes: rows.reduce((sum, row) => sum + lineOf(row).length, 0),
    *chunks() {
      for (const row of rows) yield lineOf(row);
    },
  };
}

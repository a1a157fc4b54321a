/** The folder of a run of written answers: rows in the tokens that it learned, for TRL, Ray, Axolotl or LLaMA-Factory. */
import { jsonFile, type PlannedFile, textFile } from '../../formats/planned-file';
import { normaliseText } from '../../data/groups';
import { loraConfigOf } from '../../models/lora';
import type { Sample } from '../../report/generation';
import type { TokenExample } from '../../run/generation';
import type { AnswerRow, AnswersHandOver } from './answer-rows';
import { axolotlYaml } from './axolotl';
import { baseFiles, commonSettings, type HandOver, linesFile, sharedScripts, toldSettings } from './hand-over';
import { datasetInfo, llamaFactoryYaml } from './llama-factory';
import reportPy from './python/report_answers.py?raw';
import tokenizedPy from './python/tokenized.py?raw';
import trainPy from './python/train_answers.py?raw';
import { readme } from './readme';

/** A token that is not learned, in the labels of PyTorch's cross-entropy. */
const IGNORED = -100;

/** The rows in files, as their trainers take them. */
function dataFiles({ rows, evaluation, report }: AnswersHandOver): PlannedFile[] {
  const isApart = evaluation.kind !== 'folds';
  const learned = isApart ? rows.filter(({ fold }) => fold === null) : rows;
  const isTrained = trainedPrompts(rows);
  const held = isApart ? rows.filter(({ fold }) => fold !== null) : [];
  const lines = (path: string, of: readonly AnswerRow[]): PlannedFile[] =>
    of.length === 0 ? [] : [linesFile(path, of, rowJson)];
  return [
    ...lines('data/train.jsonl', learned),
    ...lines(heldOutFile(evaluation.kind), held),
    linesFile('data/answers_before.jsonl', report.generation.samples, (sample) => ({
      ...withoutTuned(sample),
      prompt_is_trained: isTrained(sample),
    })),
  ];
}

function heldOutFile(kind: AnswersHandOver['evaluation']['kind']): string {
  return kind === 'test' ? 'data/test.jsonl' : 'data/validation.jsonl';
}

function rowJson({ id, line, fold, chat, example, wanted, prompt }: AnswerRow): object {
  return {
    ...{ id, line, fold, ...chat, wanted },
    ...tokensOf(example),
    ...(prompt !== null && { prompt_ids: [...prompt] }),
  };
}

function tokensOf({ ids, trained }: TokenExample): { input_ids: number[]; labels: number[] } {
  return { input_ids: [...ids], labels: Array.from(ids, (id, at) => (trained[at] === 1 ? id : IGNORED)) };
}

/** Whether a training row of its fold asks the same: to repeat that row's answer is then the task. */
function trainedPrompts(rows: readonly AnswerRow[]): (sample: Sample) => boolean {
  const folds = new Map<string, Set<number | null>>();
  for (const { asked, fold } of rows) {
    const form = normaliseText(asked);
    folds.set(form, (folds.get(form) ?? new Set()).add(fold));
  }
  return ({ prompt, fold }) => [...(folds.get(normaliseText(prompt)) ?? [])].some((of) => of !== fold);
}

/** What the ways without training answered: training elsewhere changes nothing of it. */
function withoutTuned({ answers, ...sample }: Sample): object {
  return { ...sample, gain: null, answers: { ...answers, tuned: null } };
}

/** The folder's files. */
export function answersHandOver(handed: AnswersHandOver): PlannedFile[] {
  const { trainer } = handed;
  const common = [...dataFiles(handed), ...baseFiles(handed), ...handed.notices];
  const settings = jsonFile('settings.json', settingsOf(handed));
  switch (trainer.dialect) {
    case 'script':
      return [
        settings,
        ...common,
        textFile('train.py', trainPy),
        textFile('report.py', reportPy),
        ...sharedScripts(trainer),
        textFile('README.md', readme(handed, SCRIPT_FILES)),
      ];
    case 'axolotl':
      return [
        settings,
        ...common,
        // Its loader wants these columns alone.
        linesFile('data/axolotl.jsonl', learnedRows(handed), ({ example }) => ({
          ...tokensOf(example),
          attention_mask: Array.from(example.ids, () => 1),
        })),
        textFile('axolotl.yaml', axolotlYaml(handed)),
        requirements(handed),
        textFile(
          'README.md',
          readme(handed, [...DATA_FILES, ['axolotl.yaml', 'its settings; its rows are tokens already']]),
        ),
      ];
    case 'llama-factory':
      return [
        settings,
        ...common,
        textFile('tokenized.py', tokenizedPy),
        textFile('llama_factory.yaml', llamaFactoryYaml(handed)),
        jsonFile('data/dataset_info.json', datasetInfo()),
        requirements(handed),
        textFile(
          'README.md',
          readme(handed, [
            ...DATA_FILES,
            ['tokenized.py', 'writes data/tokenized: the tokens of the page, which llama_factory.yaml loads'],
            ['llama_factory.yaml, data/dataset_info.json', 'its settings, and where the same rows stand as messages'],
          ]),
        ),
      ];
    default:
      return trainer.dialect satisfies never;
  }
}

/** The rows of its last fit: all but those that are held out for good. */
function learnedRows({ rows, evaluation }: AnswersHandOver): AnswerRow[] {
  return rows.filter(({ fold }) => evaluation.kind === 'folds' || fold === null);
}

function requirements({ trainer }: HandOver): PlannedFile {
  return textFile('requirements.txt', `${trainer.packages.join('\n')}\n`);
}

const DATA_FILES: readonly (readonly [string, string])[] = [
  [
    'data/train.jsonl',
    'the training rows in the run’s order: id, line in your file, fold, messages, and the tokens with those that are learned',
  ],
  ['data/validation.jsonl or data/test.jsonl', 'the rows held out, where they are not in folds'],
  ['data/answers_before.jsonl', 'what the ways without training answered to them'],
  ['settings.json', 'settings, and what the run in the browser came to'],
  ['base/', 'the model that the run began with, its tokenizer and template'],
];

const SCRIPT_FILES: readonly (readonly [string, string])[] = [
  ...DATA_FILES,
  ['train.py, fit.py, order.py, report.py', 'read settings.json; nothing of your run stands in them'],
];

function settingsOf(handed: AnswersHandOver): Record<string, unknown> {
  const { evaluation, setAside, trained, family, decoding, padId, endIds, report } = handed;
  const { generation } = report;
  const { adapter } = trained;
  const lora = adapter && loraConfigOf(adapter, family);
  return {
    ...commonSettings(handed),
    lora: lora && {
      r: lora.rank,
      lora_alpha: lora.alpha,
      lora_dropout: lora.dropout,
      target_modules: lora.targetModules,
      use_rslora: lora.rankStabilized,
    },
    held_out: {
      kind: evaluation.kind,
      folds: evaluation.folds,
      file: evaluation.kind === 'folds' ? null : heldOutFile(evaluation.kind),
    },
    set_aside: Object.fromEntries(setAside.flatMap((ids, fold) => (ids.length > 0 ? [[String(fold), ids]] : []))),
    pad_id: padId,
    end_ids: endIds,
    decoding: {
      max_new_tokens: decoding.maxNewTokens,
      temperature: decoding.temperature,
      top_k: decoding.topK,
      top_p: decoding.topP,
      min_p: decoding.minP,
      repetition_penalty: decoding.repetitionPenalty,
      seed: decoding.seed,
    },
    before: { chrf: generation.tuned?.chrf ?? null, loss: generation.tuned?.loss ?? null },
    report: {
      dataset: report.dataset,
      model: report.model,
      method: report.method,
      method_title: report.method_title,
      settings: toldSettings(handed),
      evaluation: {
        kind: evaluation.kind,
        source: evaluation.source,
        k: evaluation.folds,
        interval_method: report.evaluation.interval_method,
        notes: handed.notes,
      },
      ways: { base: generation.base, few_shot: generation.few_shot, nearest: generation.nearest },
      best_untrained: generation.best_untrained,
      examples: generation.examples,
      repeats: generation.repeats,
    },
  };
}

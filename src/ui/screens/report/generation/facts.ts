/** What was run of written answers, as groups of names and values. Pure. */
import type { GenerationReport } from '../../../../core/report/report';
import type { SettingChoices } from '../../../../core/settings/settings';
import { WAY_WORDS } from '../../../../core/report/generation/ways';
import { fixed, formatAmount, formatCount, formatDuration } from '../../../../core/words/numbers';
import { deviceFacts, type FactGroup, modelFacts, settingFacts } from '../facts';
import { waysOf } from './score-rows';

/** `choices` says which settings were left to the page; null when that is not known. */
export function generationFacts(report: GenerationReport, choices: SettingChoices | null): FactGroup[] {
  const { dataset, model, timings, generation, evaluation, final_model: final } = report;
  const time = (seconds: number): string => formatDuration(seconds * 1000);
  const { decoding } = generation;
  return [
    {
      title: 'Data',
      facts: [
        { name: 'Set', value: `${dataset.name}, version ${dataset.version}` },
        { name: 'Trained on', value: formatAmount(dataset.training_rows, 'row') },
        { name: 'Judged on', value: `${formatAmount(evaluation.rows, 'row')}: ${evaluation.source}` },
        ...(evaluation.independent_rows < evaluation.rows
          ? [{ name: 'Independent', value: `${formatCount(evaluation.independent_rows)} of them` }]
          : []),
        { name: 'Left out', value: formatAmount(dataset.left_out_rows, 'row') },
        { name: 'Cut', value: formatAmount(dataset.cut_rows, 'row') },
        { name: 'Fingerprint', value: dataset.sha256, code: true },
      ],
    },
    {
      title: 'Model',
      facts: [...modelFacts(model), { name: 'Kept', value: final === null ? 'the model that was judged' : final.note }],
    },
    { title: 'Settings', facts: settingFacts(report.settings, choices) },
    {
      title: 'Answers',
      facts: [
        {
          name: 'Written',
          value: decoding.temperature === 0 ? 'the likeliest word always' : `at temperature ${decoding.temperature}`,
        },
        { name: 'Longest', value: formatAmount(decoding.max_new_tokens, 'token') },
        { name: 'Examples', value: `${formatCount(generation.examples)} in the few-shot prompt` },
        ...waysOf(report).map((way) => ({
          name: WAY_WORDS[way].title,
          value: lengthWords(generation[way]),
        })),
      ],
    },
    {
      title: 'Device',
      facts: [...deviceFacts(report)],
    },
    {
      title: 'Time',
      facts: [
        { name: 'In all', value: time(timings.total) },
        { name: 'Model', value: time(timings.model) },
        { name: 'Ways without training', value: time(timings.baselines) },
        { name: evaluation.k > 1 ? 'Folds' : 'Training', value: time(timings.folds) },
        ...(timings.final_fit > 0 ? [{ name: 'Final fit', value: time(timings.final_fit) }] : []),
        ...(timings.test > 0 ? [{ name: 'Answers', value: time(timings.test) }] : []),
      ],
    },
    {
      title: 'Method',
      facts: [
        { name: 'Trained', value: report.method_title },
        ...(evaluation.k > 1 ? [{ name: 'Folds', value: formatCount(evaluation.k) }] : []),
        { name: 'Interval', value: evaluation.interval_method },
        { name: 'Written', value: report.created_at },
      ],
    },
  ];
}

type Lengths = { mean_words: number; mean_tokens: number; cut: number } | null;

/** «11.3 words, 17.0 tokens on average; 3 ran to the limit» */
function lengthWords(scores: Lengths): string {
  if (scores === null) return 'no answers';
  const cut = scores.cut > 0 ? `; ${formatCount(scores.cut)} ran to the limit` : '';
  return `${fixed(scores.mean_words, 1)} words, ${fixed(scores.mean_tokens, 1)} tokens on average${cut}`;
}

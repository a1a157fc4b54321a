/** What was run, as groups of names and values: shown as lists and copied as text. Pure. */
import { formatAmount, formatCount, formatDuration, formatPercent, formatPoints } from '../../../core/words/numbers';
import { choiceReason } from '../../../core/report/recipes';
import type { ClassificationReport, Report } from '../../../core/report/report';
import { SETTINGS } from '../../../core/settings/defaults';
import type { SettingChoices } from '../../../core/settings/settings';
import { showValue } from '../train/typed';

export interface FactGroup {
  title: string;
  /** `code` marks a fingerprint, shown short and copied whole. */
  facts: { name: string; value: string; code?: boolean }[];
}

/** What computed a run, and where. */
export function deviceFacts({ backend, device, elsewhere }: Report): FactGroup['facts'] {
  const computed = { webgpu: 'WebGPU', wasm: 'WebAssembly', torch: 'PyTorch' }[backend];
  return [
    { name: backend === 'webgpu' ? 'GPU' : backend === 'wasm' ? 'Processor' : 'Machine', value: device.name },
    { name: 'Computed by', value: computed },
    ...(device.software ? [{ name: 'Note', value: 'imitated in software' }] : []),
    ...(elsewhere
      ? [
          { name: 'Trained by', value: elsewhere.trainer },
          { name: 'Processes', value: formatCount(elsewhere.processes) },
          {
            name: 'Versions',
            value: Object.entries(elsewhere.versions)
              .map(([name, version]) => `${name} ${version}`)
              .join(', '),
          },
        ]
      : [{ name: 'Browser', value: device.browser }]),
  ];
}

/** `choices` says which settings were left to the page; null when that is not known. */
export function factGroups(report: ClassificationReport, choices: SettingChoices | null): FactGroup[] {
  const { dataset, model, timings, final_model: final } = report;
  const time = (seconds: number): string => formatDuration(seconds * 1000);
  return [
    {
      title: 'Data',
      facts: [
        { name: 'Set', value: `${dataset.name}, version ${dataset.version}` },
        {
          name: 'Rows',
          value: `${formatCount(dataset.training_rows)} in folds, ${formatCount(dataset.test_rows)} in the test part`,
        },
        ...(report.test?.seen
          ? [
              {
                name: 'Seen',
                value: `${formatAmount(report.test.seen.rows, 'test row that repeats or belongs', 'test rows that repeat or belong')} with training rows`,
              },
            ]
          : []),
        { name: 'Labels', value: formatCount(dataset.classes) },
        { name: 'Left out', value: formatAmount(dataset.left_out_rows, 'row') },
        { name: 'Cut', value: formatAmount(dataset.cut_rows, 'row') },
        { name: 'Fingerprint', value: dataset.sha256, code: true },
      ],
    },
    {
      title: 'Model',
      facts: [
        ...modelFacts(model),
        ...(final === null
          ? [{ name: 'Kept', value: 'no final fit was made' }]
          : [
              {
                name: 'Kept',
                value: `trained on ${formatAmount(final.rows, 'row')}${final.steps > 0 ? `, ${formatAmount(final.steps, 'step')}` : ''}`,
              },
              { name: 'Length', value: final.note },
            ]),
      ].filter(({ value }) => value !== ''),
    },
    ...recipeGroup(report),
    { title: 'Settings', facts: settingFacts(report.settings, choices) },
    {
      title: 'Device',
      facts: [...deviceFacts(report)],
    },
    {
      title: 'Time',
      facts: [
        { name: 'In all', value: time(timings.total) },
        { name: 'Model', value: time(timings.model) },
        { name: 'Reading texts', value: time(timings.features) },
        { name: 'Simpler methods', value: time(timings.baselines) },
        { name: 'Folds', value: time(timings.folds) },
        { name: 'Final fit', value: time(timings.final_fit) },
        ...(report.test === null ? [] : [{ name: 'Test', value: time(timings.test) }]),
      ],
    },
    {
      title: 'Method',
      facts: [
        { name: 'Trained', value: report.method_title },
        { name: 'Folds', value: `${formatCount(report.cross_validation.k)}, stratified and grouped` },
        { name: 'Interval', value: report.cross_validation.interval_method },
        {
          name: 'Test part',
          value: report.test === null ? 'none' : `${report.test.source}; Wilson, 95 %, copies count once`,
        },
        { name: 'Written', value: report.created_at },
      ],
    },
  ];
}

/** The model that a run began with, and how much of it was trained. */
export function modelFacts(model: Report['model']): FactGroup['facts'] {
  return [
    { name: 'Base', value: model.id },
    { name: 'Fingerprint', value: model.sha256, code: true },
    { name: 'Trained', value: `${formatCount(model.trained_parameters)} of ${formatCount(model.parameters)} values` },
    { name: 'Licence', value: model.licence },
  ];
}

/** What the frozen encoders' classifier was given, where that was chosen. */
function recipeGroup({ recipes, settings }: ClassificationReport): FactGroup[] {
  if (!recipes) return [];
  const { encoders, folds, final, plain, gain, plain_test } = recipes;
  const chosen = final ?? folds[0];
  if (chosen === undefined) return [];
  const points = gain
    ? `${formatPoints(gain.accuracy.mean_difference)} points, ${formatPoints(gain.accuracy.ci95[0])} to ${formatPoints(gain.accuracy.ci95[1])}`
    : null;
  const facts = [
    { name: 'Encoders', value: encoders.map(({ title }) => title).join(', ') },
    { name: 'Given', value: chosen.recipes.join('; ') },
    { name: 'Why', value: choiceReason(chosen, settings) },
    { name: 'Plain recipe', value: `${formatPercent(plain.accuracy)} of the same folds` },
    ...(plain_test ? [{ name: 'Plain, test', value: formatPercent(plain_test.accuracy) }] : []),
    ...(points === null ? [] : [{ name: 'Against plain', value: points }]),
  ];
  return [{ title: 'Features only', facts }];
}

/** The settings of a report under the names of the form, in its order. */
export function settingFacts(settings: Report['settings'], choices: SettingChoices | null): FactGroup['facts'] {
  return SETTINGS.flatMap(({ key, name, label }) => {
    const value = settings[name];
    if (value === undefined) return [];
    const auto = choices?.[key] === 'auto' ? ' (auto)' : '';
    return [{ name: label, value: `${typeof value === 'boolean' ? (value ? 'on' : 'off') : showValue(value)}${auto}` }];
  });
}

/** The groups as plain text, one fact a line. */
export function factText(groups: readonly FactGroup[]): string {
  return groups
    .map(({ title, facts }) => [title, ...facts.map(({ name, value }) => `  ${name}: ${value}`)].join('\n'))
    .join('\n\n');
}

/** «53aa5117…0f5ad9db»: enough of a fingerprint to compare by eye. */
export function shortHash(hash: string): string {
  return hash.length <= 20 ? hash : `${hash.slice(0, 8)}…${hash.slice(-8)}`;
}

/** The report of written answers to read and to share, as Markdown. What comes from data or models is escaped. */
import type { Interval } from '../../metrics/intervals';
import { type GenerationMetricId, metricsOf } from '../../metrics/registry';
import { ANSWER_WAYS, type AnswerWay } from '../../run/generation-outcome';
import { fixed, formatAmount, formatCount, formatDuration, formatPercent } from '../../words/numbers';
import type { CheckResult, GenerationReport, Sample } from '../generation';
import { escapeMarkdown, table } from '../markdown';
import { range, signed } from './judgement';
import { UNTRAINED } from './scores';
import { WAY_WORDS } from './ways';

const MOST_SAMPLES = 10;
const MOST_CHARACTERS = 400;

/** The whole report but most of its answers and its curve, which CSV and JSON hold. */
export function generationToMarkdown(report: GenerationReport): string {
  const { verdict } = report;
  const sections = [
    `# ${escapeMarkdown(report.dataset.name)}: ${escapeMarkdown(report.method_title)}`,
    `**${escapeMarkdown(verdict.sentence)}**`,
    escapeMarkdown(verdict.detail),
    verdict.notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n'),
    scoresSection(report),
    gainsSection(report),
    checksSection(report),
    repeatsSection(report),
    voteSection(report),
    samplesSection(report),
    runSection(report),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function waysOf({ generation }: GenerationReport): AnswerWay[] {
  return ANSWER_WAYS.filter((way) => generation[way] !== null);
}

function scoresSection(report: GenerationReport): string {
  const { generation, evaluation } = report;
  const ways = waysOf(report);
  const cell = (way: AnswerWay, id: GenerationMetricId): string => {
    const scores: Partial<Record<GenerationMetricId, number | null>> = generation[way] ?? {};
    const ci95: Partial<Record<GenerationMetricId, Interval | null>> = generation[way]?.ci95 ?? {};
    const value = scores[id];
    if (value === undefined || value === null) return 'does not apply';
    const { format, bare } = metric(id);
    const ends = ci95[id];
    return ends ? `${format(value)} (${bare(ends[0])} to ${bare(ends[1])})` : format(value);
  };
  const metric = (id: GenerationMetricId) =>
    metricsOf('generation').find((one) => one.id === id) ?? { format: String, bare: String };
  return [
    `## Against what could be had without training`,
    `${formatAmount(evaluation.rows, 'row')} held out (${escapeMarkdown(evaluation.source)}); 95 % intervals in brackets.`,
    table(
      ['Measure', ...ways.map((way) => WAY_WORDS[way].title)],
      [
        ...metricsOf('generation').map(({ id, title }) => [title, ...ways.map((way) => cell(way, id))]),
        [
          'Exact, case and punctuation aside',
          ...ways.map((way) => formatPercent(generation[way]?.exact_match_normalised ?? 0)),
        ],
        ['Mean length, words', ...ways.map((way) => fixed(generation[way]?.mean_words ?? 0, 1))],
        ['Ran to the limit', ...ways.map((way) => formatCount(generation[way]?.cut ?? 0))],
      ],
    ),
    `Intervals: ${escapeMarkdown(evaluation.interval_method)}.`,
    evaluation.notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function gainsSection({ generation }: GenerationReport): string {
  const lines = UNTRAINED.flatMap((way) => {
    const gain = generation.gains[way];
    if (!gain) return [];
    const words = ({ difference, ci95 }: { difference: number; ci95: Interval | null }, factor: number): string =>
      signed(difference * factor) + (ci95 ? ` (${range(ci95[0] * factor, ci95[1] * factor)})` : '');
    return [[WAY_WORDS[way].title, words(gain.chrf, 1), words(gain.rouge_l, 100), words(gain.exact_match, 100)]];
  });
  if (lines.length === 0) return '';
  return ['## What tuning gains, in points', table(['Over', 'chrF', 'ROUGE-L', 'Exact match'], lines)].join('\n\n');
}

function checksSection(report: GenerationReport): string {
  const { checks, best_untrained: best } = report.generation;
  if (checks.length === 0) return '';
  const ways = waysOf(report);
  const count = ({ passed, ci95 }: CheckResult, way: AnswerWay): string => {
    const [of, ends] = [passed[way], ci95[way]];
    if (of === null) return 'not judged';
    return ends ? `${formatCount(of)} (${range(ends[0] * 100, ends[1] * 100)} %)` : formatCount(of);
  };
  const gain = ({ gains }: CheckResult): string => {
    const own = best && gains[best];
    if (!own) return '';
    return signed(own.difference * 100) + (own.ci95 ? ` (${range(own.ci95[0] * 100, own.ci95[1] * 100)})` : '');
  };
  const said = checks.flatMap(({ title, reason, fault, unjudged }) => [
    ...(fault === null ? [] : [`- ${escapeMarkdown(title)} judged nothing: ${escapeMarkdown(fault)}`]),
    ...(fault === null && unjudged > 0
      ? [`- ${escapeMarkdown(title)}: ${formatAmount(unjudged, 'answer')} could not be judged and count as not passed.`]
      : []),
    ...(reason === '' ? [] : [`- ${escapeMarkdown(title)} is on because the rows say so: ${escapeMarkdown(reason)}`]),
  ]);
  return [
    `## Checks, of ${formatAmount(report.evaluation.rows, 'answer')}`,
    table(
      [
        ...['Check', ...ways.map((way) => WAY_WORDS[way].title)],
        ...(best === null ? [] : [`Tuned minus ${WAY_WORDS[best].title.toLowerCase()}, points`]),
        'Wanted answers',
      ],
      checks.map((check) => [
        escapeMarkdown(check.detail === '' ? check.title : `${check.title} (${check.detail})`),
        ...ways.map((way) => count(check, way)),
        ...(best === null ? [] : [gain(check)]),
        check.fault === null ? formatCount(check.wanted) : 'not judged',
      ]),
    ),
    ...(said.length > 0 ? [said.join('\n')] : []),
  ].join('\n\n');
}

function repeatsSection(report: GenerationReport): string {
  const { repeats } = report.generation;
  const line = (title: string, exactly: number | null, nearly: number | null): string[] => [
    title,
    formatCount(exactly ?? 0),
    formatCount(nearly ?? 0),
  ];
  return [
    '## Is it only repeating?',
    `Of ${formatAmount(repeats.rows, 'row')} whose prompt is no training prompt: answers that stand in the training rows. So many of the wanted answers do, and would be right.`,
    table(
      ['Answers', 'Word for word', 'Nearly'],
      [
        ...waysOf(report)
          .filter((way) => way !== 'nearest')
          .map((way) => line(WAY_WORDS[way].title, repeats.exactly[way], repeats.nearly[way])),
        line('The wanted answers', repeats.wanted_exactly, repeats.wanted_nearly),
      ],
    ),
  ].join('\n\n');
}

function voteSection({ generation: { vote } }: GenerationReport): string {
  if (vote === null) return '';
  const rate =
    vote.win_rate === null
      ? 'no pair was told apart'
      : `the tuned answer was picked in ${formatPercent(vote.win_rate)} of those told apart` +
        (vote.win_rate_ci95
          ? `, 95 % interval ${fixed(vote.win_rate_ci95[0] * 100, 1)} to ${fixed(vote.win_rate_ci95[1] * 100, 1)}`
          : '');
  return [
    '## Blind vote',
    `${formatAmount(vote.pairs, 'pair')} without names, tuned against ${WAY_WORDS[vote.against].title.toLowerCase()}: ` +
      `tuned ${formatCount(vote.tuned)}, the other ${formatCount(vote.other)}, equal ${formatCount(vote.equal)}; ${rate}.`,
  ].join('\n\n');
}

function samplesSection(report: GenerationReport): string {
  const { samples, best_untrained: best } = report.generation;
  const ways: AnswerWay[] = best === null ? ['tuned'] : [best, 'tuned'];
  const sorted = [...samples].sort((a, b) => (b.gain ?? 0) - (a.gain ?? 0));
  const half = MOST_SAMPLES / 2;
  const shown = samples.length <= MOST_SAMPLES ? sorted : [...sorted.slice(0, half), ...sorted.slice(-half)];
  const line = ({ line, prompt, wanted, answers }: Sample): string[] => [
    formatCount(line),
    ...[prompt, wanted, ...ways.map((way) => answers[way]?.text ?? '')].map((text) => escapeMarkdown(shortened(text))),
  ];
  return [
    samples.length <= MOST_SAMPLES
      ? '## Answers, largest gain first'
      : '## Answers: the largest gains and the largest losses',
    table(['Line', 'Prompt', 'Wanted', ...ways.map((way) => WAY_WORDS[way].title)], shown.map(line)),
  ].join('\n\n');
}

function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

function runSection(report: GenerationReport): string {
  const { dataset, model, device, timings, final_model, generation, evaluation } = report;
  const words = (values: Record<string, unknown>): string =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', ');
  const lines: [string, string][] = [
    ['Data', `${dataset.name}, version ${dataset.version}: ${formatAmount(dataset.rows, 'row')}`],
    [
      'Used',
      `${formatAmount(dataset.training_rows, 'training row')}, ${formatCount(evaluation.rows)} held out and judged; ${formatCount(dataset.cut_rows)} over the token limit, ${formatCount(dataset.left_out_rows)} left out`,
    ],
    ['Data fingerprint', dataset.sha256],
    ['Model', `${model.title} (${model.id}), ${model.licence}`],
    ['Model fingerprint', model.sha256],
    ['Trained', `${formatCount(model.trained_parameters)} of ${formatCount(model.parameters)} values`],
    ['Method', `${report.method_title} (${report.method})`],
    ['Settings', words(report.settings)],
    ['Decoding', words(generation.decoding)],
    ['Few-shot prompt', formatAmount(generation.examples, 'example')],
    ['Kept model', final_model?.note ?? 'the one that was judged'],
    ['Device', `${device.name}, ${report.backend}${device.software ? ', in software' : ''}; ${device.browser}`],
    ['Time', formatDuration(timings.total * 1000)],
    ['Finished', report.created_at],
  ];
  return [
    '## What was run',
    table(
      ['', ''],
      lines.map(([name, value]) => [name, escapeMarkdown(value)]),
    ),
  ].join('\n\n');
}

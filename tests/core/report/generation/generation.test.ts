import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { buildGenerationReport } from '../../../../src/core/report/generation/build';
import { specsOf, withChecks } from '../../../../src/core/report/generation/checks';
import type { CheckSpec } from '../../../../src/core/checks/check';
import { parseReport } from '../../../../src/core/report/parse-report';
import { type GenerationReport, reportSchema } from '../../../../src/core/report/report';
import { written } from '../../../../src/core/report/written';
import { nodeCheckTools } from '../../../helpers/check-tools';
import {
  generationContext,
  generationOutcome,
  generationReport,
  HELD_OUT,
  ROWS,
  wantedOf,
  type SampleRun,
} from '../../../helpers/generation-sample';

const nonsense = (row: number): string => `zzz ${row % 3}`;
/** Right but for its last word. */
const close = (row: number): string => wantedOf(row).replace(/ \S+ \S+$/, ' xray 9');
const half = (row: number): string => wantedOf(row).split(' ').slice(0, 2).join(' ');

const good: SampleRun = {
  answers: { base: nonsense, few_shot: half, nearest: (row) => wantedOf(HELD_OUT + row), tuned: wantedOf },
  losses: {
    base: () => ({ nll: 20, tokens: 10, right: 1 }),
    few_shot: () => ({ nll: 10, tokens: 10, right: 5 }),
    tuned: (row) => ({ nll: row === 0 ? 20 : 2, tokens: row === 0 ? 40 : 4, right: 4 }),
  },
};
const sentence = (run: SampleRun): string => generationReport(run).verdict.sentence;
const notes = (run: SampleRun): string => generationReport(run).verdict.notes.join('\n');

describe('the figures', () => {
  const report = generationReport(good);
  const { generation } = report;

  test('are of the schema, open again as they were, and have no field that cannot be drawn', () => {
    expect(v.is(reportSchema, report)).toBe(true);
    expect(parseReport(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test('each way has its own answers, and losses are by token over all rows', () => {
    expect(generation.tuned).toMatchObject({ exact: 20, exact_match: 1, rouge_l: 1, chrf: 100 });
    expect(generation.base).toMatchObject({ exact: 0, loss: 2, token_accuracy: 0.1 });
    expect(generation.few_shot).toMatchObject({ exact: 0, loss: 1, perplexity: Math.E, token_accuracy: 0.5 });
    expect(generation.tuned?.loss).toBeCloseTo((20 + 19 * 2) / (40 + 19 * 4), 12);
    expect(generation.tuned?.token_accuracy).toBeCloseTo(80 / 116, 12);
    expect(generation.nearest).not.toHaveProperty('loss');
    expect(generation.few_shot?.rouge_l).toBeCloseTo(4 / 7, 12);
    expect(generation.nearest?.exact).toBe(0);
    expect(generation.few_shot?.mean_words).toBe(2);
  });

  test('gains are tuned minus the other, and the best way without training is that of the best chrF', () => {
    expect(generation.best_untrained).toBe('few_shot');
    const gain = generation.gains.few_shot;
    expect(gain?.chrf.difference).toBeCloseTo(100 - (generation.few_shot?.chrf ?? 0), 9);
    const [low, high] = gain?.chrf.ci95 ?? [0, 0];
    expect(low).toBeGreaterThan(0);
    expect(high - low).toBeGreaterThan(0);
    expect(gain?.exact_match).toMatchObject({ difference: 1 });
    expect(gain?.loss?.difference).toBeCloseTo((generation.tuned?.loss ?? 0) - 1, 12);
    expect(generation.gains.nearest?.loss).toBeNull();
    expect(generation.samples[3]?.gain).toBeCloseTo(100 - (generation.samples[3]?.answers.few_shot?.chrf ?? 0), 9);
  });

  test('rows keep their line, their answers and what they were shown', () => {
    expect(generation.samples).toHaveLength(HELD_OUT);
    const answers = { base: nonsense(5), few_shot: half(5), tuned: wantedOf(5), nearest: wantedOf(25) };
    expect(generation.samples[5]).toMatchObject({
      ...{ line: 7, prompt: 'question 5', wanted: wantedOf(5), nearest_line: 27, example_lines: [27, 22] },
    });
    for (const [way, text] of Object.entries(answers)) {
      expect(generation.samples[5]?.answers[way as keyof typeof answers]?.text).toBe(text);
    }
    expect(generation.samples[0]?.answers.tuned?.loss).toBe(0.5);
  });

  test('data, decoding and curve are those of the run', () => {
    expect(report.dataset).toMatchObject({
      rows: ROWS,
      training_rows: 20,
      test_rows: 20,
      cut_rows: 3,
      left_out_rows: 1,
    });
    expect(generation.decoding).toMatchObject({ max_new_tokens: 64, temperature: 0, top_p: 1 });
    expect(report.curve[1]).toMatchObject({ train_loss: 1, valid_loss: 1, valid_token_accuracy: 0.5 });
    expect(report.evaluation).toMatchObject({ rows: 20, independent_rows: 20, k: 1 });
    expect(report.evaluation.notes).toEqual(['A note of the rows.', 'A note of the run.']);
    expect(report.model.trained_parameters).toBe(100);
  });

  test('only rows that every way answered count, for every way', () => {
    const partial = generationReport({
      ...good,
      answers: { ...good.answers, tuned: (row) => (row < 15 ? wantedOf(row) : null) },
      outcome: { complete: false, missing: ['5 of the answers'] },
    });
    expect(partial.evaluation.rows).toBe(15);
    expect(partial.generation.samples).toHaveLength(15);
    expect(partial.status).toBe('partial');
    expect(partial.verdict.notes[0]).toBe('This report is partial. Missing: 5 of the answers.');
  });

  test('nothing is reported where the tuned model answered nothing', () => {
    const ending = { createdAt: '', totalSeconds: 0, curve: [] };
    const outcome = generationOutcome({ answers: { base: nonsense } });
    expect(buildGenerationReport(generationContext(), outcome, ending)).toBeNull();
  });

  test('rows that belong together count once in every interval', () => {
    const grouped = generationContext();
    grouped.rows.groups = grouped.rows.groups.map((group) => Math.floor(group / 4));
    const apart = generationReport({ ...good, answers: { ...good.answers, tuned: close } });
    const together = generationReport({ ...good, answers: { ...good.answers, tuned: close }, context: grouped });
    expect(together.evaluation.independent_rows).toBe(5);
    expect(together.verdict.sentence).toMatch(/^Nothing can be concluded from 5 held-out rows/);
    expect(apart.verdict.sentence).not.toMatch(/Nothing/);
  });
});

describe('the sentence', () => {
  test('a clear gain over the better of the ways without training is worth it', () => {
    expect(sentence(good)).toMatch(
      /^Tuned answers come [\d.]+ points closer to the wanted ones, 95 % interval [\d.]+ to [\d.]+\. Worth it\.$/,
    );
    expect(generationReport(good).verdict.detail).toMatch(
      /^Against the best way without training, the base with 4 examples in its prompt; closeness is chrF.*On 20 rows it had never seen, 20 answers are right to the letter\. Of the same rows: the base with 4 examples in its prompt gets 0; copying the nearest training answer gets 0/,
    );
  });

  test('worse than the best prompt is said plainly', () => {
    const run: SampleRun = { answers: { base: nonsense, few_shot: wantedOf, nearest: nonsense, tuned: half } };
    expect(sentence(run)).toMatch(
      /^Worse than the best prompt: with 4 examples in its prompt the base comes [\d.]+ points closer .*Keep the prompt\.$/,
    );
  });

  test('worse than copying, and worse than the base, too', () => {
    expect(sentence({ answers: { base: nonsense, few_shot: nonsense, nearest: wantedOf, tuned: half } })).toMatch(
      /^Worse than copying: .*Copying the nearest training answer is enough\.$/,
    );
    expect(sentence({ answers: { base: wantedOf, few_shot: half, nearest: nonsense, tuned: half } })).toMatch(
      /^Training made it worse: .*Keep the base\.$/,
    );
  });

  test('a gain that may be chance is none', () => {
    const luck = (row: number): string => (row % 2 === 0 ? wantedOf(row) : nonsense(row));
    const other = (row: number): string => (row % 2 === 1 ? wantedOf(row) : nonsense(row + 1));
    expect(sentence({ answers: { few_shot: luck, tuned: other } })).toMatch(/^No clear gain: /);
  });

  test('the same answers are worth the same', () => {
    expect(sentence({ answers: { few_shot: half, tuned: half } })).toBe(
      'Tuned answers are worth the same as the base with 4 examples in its prompt on every row. A prompt with examples is enough.',
    );
  });

  test('of five rows nothing is concluded, however large the gain', () => {
    expect(sentence({ ...good, heldOut: 5 })).toMatch(
      /^Nothing can be concluded from 5 held-out rows: on them tuned answers come [\d.]+ points of chrF closer/,
    );
  });

  test('without a way to compare with, none is claimed', () => {
    expect(sentence({ answers: { tuned: wantedOf } })).toBe(
      'Tuned answers reach a chrF of 100.0. There is nothing to compare them with.',
    );
  });

  test('a way that may do as well takes «worth it» away, also where it is not the best', () => {
    // A prompt is a little behind in every row; copying is right in all rows but one, and there far off.
    const copying = (row: number): string => (row === 3 ? nonsense(row) : wantedOf(row));
    const run: SampleRun = { answers: { few_shot: (row) => `${wantedOf(row)} xy`, nearest: copying, tuned: wantedOf } };
    expect(sentence(run)).toMatch(
      /^Tuned answers come \d\.\d points closer .*But copying the nearest training answer may do as well: −\d\.\d points, 95 % interval −[\d.]+ to 0\.0\.$/,
    );
  });
});

describe('the notes', () => {
  test('few rows, answers cut at the limit, rows known by heart', () => {
    const found = notes({ ...good, cut: { tuned: 3, base: 18 } });
    expect(found).toContain('20 rows held out give a wide interval');
    expect(found).toContain('Trained on 20 rows: the model learns those by heart');
    expect(found).toContain('3 of 20 tuned answers ran to the limit of 64 tokens');
    expect(found).toContain('Without training up to 18 answers ran to that limit');
    expect(notes(good)).not.toContain('limit');
    const folds = generationOutcome(good).folds.map((fold) => ({ ...fold, lastTrainLoss: 0.01 }));
    const heart = notes({ ...good, outcome: { folds } });
    expect(heart).toContain('ended at 0.01, that of held-out rows is 0.50: much was learned by heart');
  });

  test('answers that stand in the training rows though another was wanted', () => {
    const repeating = generationReport({ ...good, answers: { ...good.answers, tuned: (row) => wantedOf(20 + row) } });
    expect(repeating.generation.repeats).toMatchObject({
      ...{ rows: 20, wanted_exactly: 0, misplaced: 20 },
      exactly: { base: 0, few_shot: 0, nearest: 20, tuned: 20 },
    });
    expect(repeating.generation.repeats.misplaced_lines[0]).toBe(2);
    expect(repeating.generation.samples[0]?.answers.tuned?.repeats).toBe('exactly');
    expect(repeating.verdict.notes.join()).toContain('It repeats much: 20 of 20 tuned answers stand word for word');
    expect(generationReport(good).generation.repeats).toMatchObject({ misplaced: 0, exactly: { tuned: 0 } });
  });

  test('rows whose prompt is a training prompt say nothing of repeating', () => {
    const context = generationContext();
    context.rows.prompts[0] = 'Question 25!';
    const { repeats } = generationReport({ ...good, context }).generation;
    expect(repeats.rows).toBe(19);
  });

  test('a right answer that stands in the training rows too is no misplaced copy', () => {
    const context = generationContext();
    context.rows.answers[30] = wantedOf(4);
    const { repeats } = generationReport({ ...good, context }).generation;
    expect(repeats).toMatchObject({ misplaced: 0, wanted_exactly: 1, exactly: { tuned: 1 } });
  });

  test('other measures that say the opposite, and answers that are all alike', () => {
    const better = (row: number): string => `${wantedOf(row)} x`;
    const exactOrNothing = (row: number): string => (row < 12 ? wantedOf(row) : '');
    const found = notes({ answers: { few_shot: exactOrNothing, tuned: better } });
    expect(found).toContain('By exact match it is the other way round');
    const loss = notes({
      ...good,
      losses: { few_shot: () => ({ nll: 10, tokens: 10, right: 5 }), tuned: () => ({ nll: 9, tokens: 1, right: 0 }) },
    });
    expect(loss).toContain('By the loss of the wanted answers it is the other way round: 9.00 after training.');
    expect(notes({ answers: { base: half, few_shot: half, tuned: () => 'yes' } })).toContain(
      'gives the same answer to every question',
    );
    expect(notes({ answers: { base: half, few_shot: nonsense, tuned: half } })).toContain(
      'To 20 of 20 questions base and tuned give the very same answer.',
    );
  });
});

describe('checks', () => {
  const answers: SampleRun['answers'] = {
    base: nonsense,
    few_shot: (row) => (row < 5 ? `{"row":${row}}` : 'no'),
    nearest: (row) => `[${row}]`,
    tuned: (row) => (row < 18 ? `{"a": ${row}}` : `{"a": ${row}`),
  };
  const spec = { kind: 'json', parameters: {}, reason: 'All are JSON.' };
  const judged = (specs: CheckSpec[], run: SampleRun = { answers }): Promise<GenerationReport> =>
    withChecks(generationReport(run), specs, nodeCheckTools);

  test('are counts by way with their intervals, and paired gains', async () => {
    const { generation, verdict } = await judged([spec]);
    const [check] = generation.checks;
    expect(check).toMatchObject({
      ...{ id: 'json', title: 'Is JSON', reason: 'All are JSON.', fault: null, parameters: {} },
      ...{ passed: { base: 0, few_shot: 5, nearest: 20, tuned: 18 }, wanted: 0, unjudged: 0 },
    });
    expect(check?.ci95.tuned?.map((end) => Math.round(end * 1000))).toEqual([699, 972]);
    expect(check?.gains.few_shot?.difference).toBeCloseTo(13 / 20, 12);
    expect(check?.gains.nearest?.difference).toBeCloseTo(-2 / 20, 12);
    const [low, high] = check?.gains.few_shot?.ci95 ?? [0, 0];
    expect(low).toBeGreaterThan(0.3);
    expect(high).toBeLessThan(0.95);
    expect(generation.samples[19]?.answers.tuned?.checks).toEqual([false]);
    expect(generation.samples[4]?.answers.few_shot?.checks).toEqual([true]);
    expect(generation.samples[5]?.answers.few_shot?.checks).toEqual([false]);
    expect(verdict.detail).toContain('and 18 pass «Is JSON»');
    expect(verdict.detail).toContain('the base with 4 examples in its prompt gets 0 and 5');
  });

  test('rows that belong together count once in them', async () => {
    const grouped = generationContext();
    grouped.rows.groups = grouped.rows.groups.map((group) => Math.floor(group / 5));
    const apart = (await judged([spec])).generation.checks[0];
    const together = (await judged([spec], { answers, context: grouped })).generation.checks[0];
    const width = (ends: [number, number] | null | undefined): number => (ends ? ends[1] - ends[0] : 0);
    expect(width(together?.ci95.few_shot)).toBeGreaterThan(1.3 * width(apart?.ci95.few_shot));
    expect(width(together?.gains.few_shot?.ci95)).toBeGreaterThan(1.1 * width(apart?.gains.few_shot?.ci95));
  });

  test('others take their place, and the wanted answers are judged too', async () => {
    const first = await judged([spec]);
    const second = await withChecks(
      first,
      [{ kind: 'contains', parameters: { text: 'ALPHA' }, reason: '' }, spec],
      nodeCheckTools,
    );
    const [contains] = second.generation.checks;
    const wanted = first.generation.samples.filter((sample) => sample.wanted.includes('alpha')).length;
    expect(second.generation.checks.map(({ id }) => id)).toEqual(['contains', 'json']);
    expect(wanted).toBeGreaterThan(0);
    expect(contains).toMatchObject({ wanted, detail: 'with «ALPHA»', passed: { tuned: 0 } });
    expect(second.generation.samples[0]?.answers.tuned?.checks).toEqual([false, true]);
    expect(specsOf(second)).toEqual([{ kind: 'contains', parameters: { text: 'ALPHA' }, reason: '' }, spec]);
    expect(v.is(reportSchema, JSON.parse(JSON.stringify(second)))).toBe(true);
    expect((await withChecks(second, [], nodeCheckTools)).verdict).toEqual(generationReport({ answers }).verdict);
  });

  test('one that cannot judge says why, passes nothing and is not spoken of in the verdict', async () => {
    const report = await judged([{ kind: 'pattern', parameters: { pattern: '(' }, reason: '' }]);
    expect(report.generation.checks[0]).toMatchObject({
      ...{ fault: 'This is not a regular expression: Unterminated group.', unjudged: 80 },
      ...{ passed: { tuned: null, base: null }, ci95: { tuned: null }, gains: { few_shot: null } },
    });
    expect(report.verdict.detail).not.toContain('pass');
  });

  test('stand in Markdown and CSV with their intervals', async () => {
    const report = await judged([spec, { kind: 'none-such', parameters: {}, reason: '' }]);
    const files = written(report);
    const text = files.markdown();
    expect(text).toContain('## Checks, of 20 answers');
    expect(text).toMatch(/\| Is JSON \(reads without repair\) \| 0 \(0\.0 to [\d.]+ %\) \| 5 \(/);
    expect(text).toContain('- Is JSON is on because the rows say so: All are JSON.');
    expect(text).toContain('none-such judged nothing: This page does not know the check');
    expect(files.tables()).toContain('check,Is JSON: reads without repair,tuned,18');
    expect(files.tables()).toMatch(/"check, tuned minus few_shot",Is JSON: reads without repair,difference,0\.65/);
    const [header, first] = files.answers().split('\r\n');
    expect(header?.split(',').filter((name) => name.includes('_check_'))).toHaveLength(8);
    expect(header).toContain('tuned_check_1: Is JSON');
    expect(first).toMatch(/,true,$/);
    expect(text).not.toMatch(/undefined|NaN|null/);
  });
});

describe('the files', () => {
  const hostile = (report: GenerationReport): GenerationReport => {
    const [first, ...others] = report.generation.samples;
    if (!first) throw new Error('no sample');
    const samples = [{ ...first, wanted: '=cmd|x <script>', prompt: '| [a](b) *' }, ...others];
    return { ...report, generation: { ...report.generation, samples } };
  };
  const files = written(hostile(generationReport(good)));

  test('Markdown holds verdict, measures, gains and answers, and nothing of the data is markup', () => {
    const text = files.markdown();
    expect(text).toMatch(/^# orders: Top layers\n\n\*\*Tuned answers come/);
    expect(text).toContain('| Exact match | 0.0 % ');
    expect(text).toContain('does not apply');
    expect(text).toContain('## What tuning gains, in points');
    expect(text).toContain('&lt;script&gt;');
    expect(text).not.toMatch(/undefined|NaN|null|<script|\[a\]\(b\)/);
  });

  test('CSV holds every figure and every answer, and no formula', () => {
    const [line = ''] = files.answerLines().split('\n');
    const { prompt, tuned }: Record<string, unknown> = JSON.parse(line);
    expect(prompt).toBe('| [a](b) *');
    expect(tuned).toMatchObject({ chrf: 100, cut: false, checks: {} });
    const answers = files.answers().split('\r\n');
    expect(answers[0]).toContain('line,fold,prompt,wanted,gain,base,base_chrf');
    expect(answers).toHaveLength(HELD_OUT + 2);
    expect(answers[1]).toContain(`'=cmd`);
    expect(files.answeredRows).toBe(HELD_OUT);
    const tables = files.tables();
    expect(tables).toContain('answers,tuned,chrf,100');
    expect(tables).toContain('tuned minus few_shot,exact_match,difference,1');
    expect(tables).toContain('answers,few_shot,loss_ci95_low,1');
    expect(tables).not.toMatch(/undefined|NaN/);
  });

  test('the record of the run holds the tuned scores and those of the other ways', () => {
    const summary = files.summary();
    expect(summary).toMatchObject({ task: 'generation', status: 'complete', totalSeconds: 21 });
    expect(summary.metrics.chrf?.mean).toBe(100);
    expect(summary.metrics.exact_match?.ci95?.[1]).toBe(1);
    expect(summary.baselines.nearest?.exact_match).toBe(0);
    expect(summary.loss.ends).toEqual([2, 1]);
  });
});

/**
 * What the answers of each way come to, and what tuning gains over the others: all on the same rows, all intervals from
 * one set of resamples, so that every difference is paired.
 */
import { chrf } from '../../metrics/answers/chrf';
import { isExactMatch, isNormalisedMatch } from '../../metrics/answers/exact-match';
import { rougeL } from '../../metrics/answers/rouge';
import { tokenScores } from '../../metrics/answers/token-scores';
import { answerWords } from '../../metrics/answers/words';
import { percentileInterval, type Resamples, resampleSums } from '../../metrics/bootstrap';
import type { Interval } from '../../metrics/intervals';
import { accuracySpread, halfWidth, shareInterval } from '../../metrics/row-intervals';
import { deriveSeed } from '../../random';
import {
  type AnsweredRow,
  ANSWER_WAYS,
  type AnswerLoss,
  type AnswerWay,
  type WrittenAnswer,
} from '../../run/generation-outcome';
import type { GenerationReport, Gain, UntrainedWay } from '../generation';
import type { GenerationRows } from './context';

/** An answer with what it is worth. */
export interface JudgedAnswer extends WrittenAnswer {
  exact: boolean;
  normalised: boolean;
  rouge_l: number;
  chrf: number;
  words: number;
  loss: AnswerLoss | null;
}

/** A row that every way answered. */
export interface JudgedRow {
  answered: AnsweredRow;
  answers: Partial<Record<AnswerWay, JudgedAnswer>>;
}

export interface Judged {
  rows: JudgedRow[];
  /** [rows] those that belong together have one number. */
  groups: Int32Array;
  /** The ways that have answers. */
  ways: AnswerWay[];
}

/** Ways that need no training, the one that costs most first: of equal ones it is the one to beat. */
export const UNTRAINED: readonly UntrainedWay[] = ['few_shot', 'nearest', 'base'];

/** Judges the rows that every way with any answer has answered, by line. */
export function judge(answered: readonly AnsweredRow[], rows: GenerationRows): Judged {
  const ways = ANSWER_WAYS.filter((way) => answered.some(({ answers }) => answers[way] !== null));
  const common = answered
    .filter(({ answers }) => ways.every((way) => answers[way] !== null))
    .sort((a, b) => (rows.lines[a.row] ?? 0) - (rows.lines[b.row] ?? 0));
  return {
    ways,
    groups: Int32Array.from(common, ({ row }) => rows.groups[row] ?? 0),
    rows: common.map((one) => {
      const wanted = rows.answers[one.row] ?? '';
      const judged = ways.flatMap((way) => {
        const answer = one.answers[way];
        if (answer === null) return [];
        const loss = way === 'nearest' ? null : one.losses[way];
        return [[way, judgedAnswer(answer, wanted, loss)] as const];
      });
      return { answered: one, answers: Object.fromEntries(judged) };
    }),
  };
}

function judgedAnswer(answer: WrittenAnswer, wanted: string, loss: AnswerLoss | null): JudgedAnswer {
  const { text } = answer;
  return {
    ...answer,
    exact: isExactMatch(text, wanted),
    normalised: isNormalisedMatch(text, wanted),
    rouge_l: rougeL(text, wanted).f1,
    // Rounding can leave a perfect score a hair above.
    chrf: Math.min(100, chrf(text, wanted)),
    words: answerWords(text).length,
    loss,
  };
}

type Scores = Pick<
  GenerationReport['generation'],
  'base' | 'few_shot' | 'nearest' | 'tuned' | 'gains' | 'best_untrained'
>;

/** The scores of all ways; at least one row. */
export function scoresOf(judged: Judged, { seed, resamples }: { seed: number; resamples: number }): Scores {
  const table = new Table(judged, { seed: deriveSeed(seed, 'answers'), resamples });
  const written = (way: AnswerWay) => {
    if (!judged.ways.includes(way)) return null;
    const { loss, perplexity, token_accuracy } = table.cost(way);
    const { scores, ci95 } = table.answers(way);
    return {
      ...{ loss: loss.value, perplexity: perplexity.value, token_accuracy: token_accuracy.value },
      ...scores,
      ci95: { loss: loss.ci95, perplexity: perplexity.ci95, token_accuracy: token_accuracy.ci95, ...ci95 },
    };
  };
  const nearest = judged.ways.includes('nearest') ? table.answers('nearest') : null;
  const [base, few_shot, tuned] = [written('base'), written('few_shot'), written('tuned')];
  const gain = (way: UntrainedWay) =>
    judged.ways.includes(way) && judged.ways.includes('tuned') ? table.gain(way) : null;
  const means: Partial<Record<UntrainedWay, number>> = {
    ...(base && { base: base.chrf }),
    ...(few_shot && { few_shot: few_shot.chrf }),
    ...(nearest && { nearest: nearest.scores.chrf }),
  };
  const best = UNTRAINED.filter((way) => means[way] !== undefined).sort((a, b) => (means[b] ?? 0) - (means[a] ?? 0));
  return {
    ...{ base, few_shot, tuned },
    nearest: nearest && { ...nearest.scores, ci95: nearest.ci95 },
    gains: { base: gain('base'), few_shot: gain('few_shot'), nearest: gain('nearest') },
    best_untrained: best[0] ?? null,
  };
}

interface Figure {
  value: number | null;
  ci95: Interval | null;
}

/** Columns of figures by row, and their sums over all rows and over resamples. */
class Table {
  readonly #judged: Judged;
  readonly #names: string[] = [];
  readonly #columns: Float64Array[] = [];
  readonly #totals: number[];
  readonly #resamples: Resamples;

  constructor(judged: Judged, draws: { seed: number; resamples: number }) {
    this.#judged = judged;
    this.#add('rows', () => 1);
    for (const way of judged.ways) {
      const of = (figure: (answer: JudgedAnswer) => number) => (row: JudgedRow) => {
        const answer = row.answers[way];
        return answer ? figure(answer) : 0;
      };
      this.#add(
        `${way} chrf`,
        of((answer) => answer.chrf),
      );
      this.#add(
        `${way} rouge_l`,
        of((answer) => answer.rouge_l),
      );
      if (!judged.rows.every(({ answers }) => answers[way]?.loss)) continue;
      this.#add(
        `${way} nll`,
        of(({ loss }) => loss?.nll ?? 0),
      );
      this.#add(
        `${way} tokens`,
        of(({ loss }) => loss?.tokens ?? 0),
      );
      this.#add(
        `${way} right`,
        of(({ loss }) => loss?.right ?? 0),
      );
    }
    this.#totals = this.#columns.map((column) => column.reduce((sum, value) => sum + value, 0));
    this.#resamples = resampleSums(this.#columns, judged.groups, draws);
  }

  #add(name: string, figure: (row: JudgedRow) => number): void {
    this.#names.push(name);
    this.#columns.push(Float64Array.from(this.#judged.rows, figure));
  }

  /** A figure of sums, and its interval over the resamples. */
  #figure(names: readonly string[], of: (...sums: number[]) => number): Figure {
    const places = names.map((name) => this.#names.indexOf(name));
    if (places.includes(-1)) return { value: null, ci95: null };
    const value = of(...places.map((place) => this.#totals[place] ?? 0));
    if (!Number.isFinite(value)) return { value: null, ci95: null };
    const sums = places.map((place) => this.#resamples.sums[place] ?? new Float64Array());
    const drawn = Float64Array.from(sums[0] ?? [], (_, i) => of(...sums.map((column) => column[i] ?? 0)));
    return { value, ci95: percentileInterval(drawn, this.#resamples.groups) };
  }

  /** What the wanted answers cost a model. */
  cost(way: AnswerWay): Record<'loss' | 'perplexity' | 'token_accuracy', Figure> {
    const [nll, tokens, right] = [`${way} nll`, `${way} tokens`, `${way} right`];
    const per = (names: string[], of: (scores: NonNullable<ReturnType<typeof tokenScores>>) => number): Figure =>
      this.#figure(names, (nll, tokens, right = 0) => {
        const scores = tokenScores({ nll, tokens, right });
        return scores ? of(scores) : NaN;
      });
    return {
      loss: per([nll, tokens], ({ loss }) => loss),
      perplexity: per([nll, tokens], ({ perplexity }) => perplexity),
      token_accuracy: per([nll, tokens, right], ({ token_accuracy }) => token_accuracy),
    };
  }

  /** What the answers come to against the wanted ones. */
  answers(way: AnswerWay) {
    const answers = this.#judged.rows.flatMap(({ answers }) => answers[way] ?? []);
    const mean = (of: (answer: JudgedAnswer) => number): number =>
      answers.reduce((sum, answer) => sum + of(answer), 0) / answers.length;
    const { groups } = this.#judged;
    const exact = answers.filter((answer) => answer.exact).length;
    return {
      scores: {
        exact_match: exact / answers.length,
        exact,
        exact_match_normalised: answers.filter(({ normalised }) => normalised).length / answers.length,
        rouge_l: Math.min(
          1,
          mean((answer) => answer.rouge_l),
        ),
        chrf: Math.min(
          100,
          mean((answer) => answer.chrf),
        ),
        mean_words: mean(({ words }) => words),
        mean_tokens: mean(({ tokens }) => tokens),
        cut: answers.filter(({ cut }) => cut).length,
      },
      ci95: {
        exact_match: shareInterval(
          answers.map((answer) => Number(answer.exact)),
          { texts: groups, groups },
        ).ci95,
        rouge_l: this.#mean(`${way} rouge_l`).ci95,
        chrf: this.#mean(`${way} chrf`).ci95,
      },
    };
  }

  #mean(name: string): Figure {
    return this.#figure([name, 'rows'], (sum, rows) => sum / rows);
  }

  /** Tuned minus another way. */
  gain(way: UntrainedWay): Gain {
    const difference = (metric: 'chrf' | 'rouge_l') => {
      const names = [`tuned ${metric}`, `${way} ${metric}`, 'rows'];
      const { value, ci95 } = this.#figure(names, (tuned, other, rows) => (tuned - other) / rows);
      return { difference: value ?? 0, ci95 };
    };
    const losses = ['tuned nll', 'tuned tokens', `${way} nll`, `${way} tokens`];
    const loss = this.#figure(losses, (own, ownTokens, other, tokens) => own / ownTokens - other / tokens);
    return {
      chrf: difference('chrf'),
      rouge_l: difference('rouge_l'),
      exact_match: this.#exactGain(way),
      loss: loss.value === null ? null : { difference: loss.value, ci95: loss.ci95 },
    };
  }

  /** By the rows that only one got right, with an imagined one of either kind: never without width. */
  #exactGain(way: UntrainedWay): Gain['exact_match'] {
    const { rows, groups } = this.#judged;
    const gains = rows.map(({ answers }) => Number(answers.tuned?.exact ?? 0) - Number(answers[way]?.exact ?? 0));
    const difference = gains.reduce((sum, gain) => sum + gain, 0) / rows.length;
    if (this.#resamples.groups < 2) return { difference, ci95: null };
    const half = halfWidth(accuracySpread(gains, { texts: groups, groups }));
    return { difference, ci95: [Math.max(-1, difference - half), Math.min(1, difference + half)] };
  }
}

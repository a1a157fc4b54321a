/** Which answers are listed, and in which order. Pure. */
import type { AnswerWay } from '../../../../core/run/generation-outcome';
import type { Sample } from '../../../../core/report/generation';
import type { GenerationReport } from '../../../../core/report/report';
import { formatCount } from '../../../../core/words/numbers';

export type AnswerOrder = 'gain' | 'loss' | 'line';
/** `fails N`: the tuned answer does not pass check N. */
export type AnswerFilter = 'all' | 'gained' | 'lost' | 'same' | 'copied' | `fails ${number}`;

export const ANSWERS_A_PAGE = 10;

/** Gains smaller than this are shown as none. */
const SAME = 0.05;

export interface FilterOption {
  value: AnswerFilter;
  label: string;
  count: string;
}

/** Every filter that keeps something, with how many; «All» always. */
export function answerFilters({ generation }: GenerationReport): FilterOption[] {
  const { samples, checks } = generation;
  const option = (value: AnswerFilter, label: string): FilterOption[] => {
    const count = samples.filter((sample) => passesFilter(sample, value)).length;
    return count > 0 || value === 'all' ? [{ value, label, count: formatCount(count) }] : [];
  };
  return [
    ...option('all', 'All'),
    ...option('gained', 'Gained'),
    ...option('lost', 'Lost'),
    ...option('same', 'Same'),
    ...checks.flatMap(({ title, fault }, at) => (fault === null ? option(`fails ${at}`, `Fails «${title}»`) : [])),
    ...option('copied', 'Copied'),
  ];
}

/** The answers that a filter keeps, in an order; of equal ones by line. */
export function listAnswers(samples: readonly Sample[], filter: AnswerFilter, order: AnswerOrder): Sample[] {
  const kept = samples.filter((sample) => passesFilter(sample, filter));
  const by: Record<AnswerOrder, (a: Sample, b: Sample) => number> = {
    gain: (a, b) => (b.gain ?? 0) - (a.gain ?? 0),
    loss: (a, b) => (a.gain ?? 0) - (b.gain ?? 0),
    line: () => 0,
  };
  return kept.sort((a, b) => by[order](a, b) || a.line - b.line);
}

function passesFilter({ gain, answers }: Sample, filter: AnswerFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'gained':
      return gain !== null && gain >= SAME;
    case 'lost':
      return gain !== null && gain <= -SAME;
    case 'same':
      return gain !== null && Math.abs(gain) < SAME;
    case 'copied':
      return answers.tuned?.repeats === 'exactly' && !answers.tuned.exact;
    default:
      return answers.tuned?.checks[Number(filter.slice('fails '.length))] === false;
  }
}

/** «+81.8», «−4.0», «0.0» */
export function gainWords(gain: number): string {
  const size = Math.abs(gain).toFixed(1);
  return size === '0.0' ? size : `${gain < 0 ? '−' : '+'}${size}`;
}

/** The ways that stand beside the tuned one, which comes last. */
export function shownWays(report: GenerationReport, hidden: ReadonlySet<AnswerWay>): AnswerWay[] {
  const ways: AnswerWay[] = ['base', 'few_shot', 'nearest', 'tuned'];
  return ways.filter((way) => report.generation[way] !== null && (way === 'tuned' || !hidden.has(way)));
}

/** True where answers are code: they are set in a face of one width. */
export function isCode({ generation }: GenerationReport): boolean {
  return generation.checks.some(({ id, fault }) => fault === null && ['json', 'json-schema', 'sql'].includes(id));
}

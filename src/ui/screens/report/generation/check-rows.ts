/** The table of checks: counts by way, and what is to be said beside them. Pure. */
import type { CheckResult } from '../../../../core/report/generation';
import type { AnswerWay } from '../../../../core/run/generation-outcome';
import type { GenerationReport } from '../../../../core/report/report';
import { fixed, formatAmount, formatCount } from '../../../../core/words/numbers';
import { waysOf } from './score-rows';

export interface CheckCell {
  way: AnswerWay;
  /** «61»; null where it was not judged. */
  value: string | null;
  /** «95 % interval 87 to 98 %», for who looks closer. */
  title: string;
}

export interface CheckRow {
  at: number;
  title: string;
  detail: string;
  reason: string;
  fault: string | null;
  cells: CheckCell[];
  /** «+46.9 points over few-shot, 32.1 to 61.7»; null without one. */
  gain: string | null;
}

/** One row a check. */
export function checkRows(report: GenerationReport): CheckRow[] {
  const ways = waysOf(report);
  return report.generation.checks.map((check, at) => ({
    ...{ at, title: check.title, detail: check.detail, reason: check.reason, fault: check.fault },
    cells: ways.map((way) => ({ way, ...cellOf(check, way) })),
    gain: gainOf(check, report),
  }));
}

/** What to know of the whole table, one sentence each. */
export function checkNotes({ generation, evaluation }: GenerationReport): string[] {
  const judged = generation.checks.filter(({ fault }) => fault === null);
  const notes: string[] = [];
  if (judged.length > 0 && judged.every(({ passed }) => passed.nearest === evaluation.rows)) {
    notes.push('The nearest answer always passes: it was written for another question.');
  }
  for (const { title, wanted, unjudged } of judged) {
    if (wanted < evaluation.rows) {
      const of = formatAmount(evaluation.rows, 'wanted answer');
      notes.push(`«${title}»: of ${of} themselves ${formatCount(wanted)} ${wanted === 1 ? 'passes' : 'pass'}.`);
    }
    if (unjudged > 0) {
      const what = unjudged === 1 ? 'could not be judged and counts' : 'could not be judged and count';
      notes.push(`«${title}»: ${formatAmount(unjudged, 'answer')} ${what} as not passed.`);
    }
  }
  return notes;
}

function cellOf({ passed, ci95 }: CheckResult, way: AnswerWay): Omit<CheckCell, 'way'> {
  const [count, ends] = [passed[way], ci95[way]];
  if (count === null) return { value: null, title: '' };
  return {
    value: formatCount(count),
    title: ends ? `95 % interval ${fixed(ends[0] * 100, 0)} to ${fixed(ends[1] * 100, 0)} %` : '',
  };
}

function gainOf({ gains }: CheckResult, { generation }: GenerationReport): string | null {
  const best = generation.best_untrained;
  const gain = best && gains[best];
  if (!gain) return null;
  const points = fixed(Math.abs(gain.difference * 100), 1);
  const sign = points === '0.0' ? '' : gain.difference < 0 ? '−' : '+';
  const ends = gain.ci95 ? `, ${interval(gain.ci95)}` : '';
  return `${sign}${points} points over ${OVER[best]}${ends}`;
}

const OVER = { base: 'the base', few_shot: 'few-shot', nearest: 'the nearest' } as const;

function interval([low, high]: [number, number]): string {
  const signed = (end: number): string => `${end < 0 ? '−' : ''}${fixed(Math.abs(end * 100), 1)}`;
  return `${signed(low)} to ${signed(high)}`;
}

/**
 * Checks over the answers of a report: at the end of its run, and again whenever a person picks others, since the answers
 * are kept. Counts, their intervals, and what tuning gains by each check on the same rows.
 */
import type { CheckSpec, CheckTools } from '../../checks/check';
import { type JudgedCheck, type JudgedText, judgeAnswers } from '../../checks/judge-answers';
import { accuracySpread, halfWidth, shareInterval } from '../../metrics/row-intervals';
import { ANSWER_WAYS, type AnswerWay } from '../../run/generation-outcome';
import type { CheckDifference, CheckResult, GenerationReport, Sample, UntrainedWay } from '../generation';
import { verdictOf } from './verdict';

type Side = AnswerWay | 'wanted';
type ByWay<T> = Record<AnswerWay, T>;

/** By way and sample: passed or not, null where it could not be judged; no list for a way without answers. */
type Passed = Partial<Record<Side, (boolean | null)[]>>;

/** The report judged by these checks and no others; its verdict tells of them. */
export async function withChecks(
  report: GenerationReport,
  specs: readonly CheckSpec[],
  tools: CheckTools,
): Promise<GenerationReport> {
  const { samples } = report.generation;
  const sides: Side[] = [
    'wanted',
    ...ANSWER_WAYS.filter((way) => samples.every(({ answers }) => answers[way] !== null)),
  ];
  const texts = sides.flatMap((side) =>
    samples.map((sample): JudgedText => {
      const answer = side === 'wanted' ? sample.wanted : (sample.answers[side]?.text ?? '');
      return { answer, wanted: sample.wanted };
    }),
  );
  const judged = await judgeAnswers(texts, specs, tools);
  const passed = judged.map((check): Passed => {
    const of = (at: number): (boolean | null)[] => check.passed.slice(at * samples.length, (at + 1) * samples.length);
    return Object.fromEntries(sides.map((side, at) => [side, of(at)]));
  });
  const generation = {
    ...report.generation,
    checks: judged.map((check, at) => resultOf(check, passed[at] ?? {}, samples)),
    samples: samples.map((sample, row) => ({
      ...sample,
      answers: byWay((way) => {
        const answer = sample.answers[way];
        return answer && { ...answer, checks: passed.map((one) => one[way]?.[row] ?? null) };
      }),
    })),
  };
  return { ...report, generation, verdict: verdictOf({ ...report, generation }) };
}

/** The checks of a report as they were picked. */
export function specsOf({ generation }: GenerationReport): CheckSpec[] {
  return generation.checks.map(({ id, parameters, reason }) => ({ kind: id, parameters, reason }));
}

function resultOf(
  { spec, title, detail, fault }: JudgedCheck,
  passed: Passed,
  samples: readonly Sample[],
): CheckResult {
  const groups = samples.map(({ group }, row) => group ?? row);
  const units = { texts: groups, groups };
  const count = (side: Side): number => passed[side]?.filter((one) => one === true).length ?? 0;
  const flags = (way: AnswerWay): number[] => samples.map((_, row) => Number(passed[way]?.[row] === true));
  const has = (way: AnswerWay): boolean => fault === null && passed[way] !== undefined && samples.length > 0;
  const gain = (way: UntrainedWay): CheckDifference | null => {
    if (!has(way) || !has('tuned')) return null;
    const others = flags(way);
    const gains = flags('tuned').map((one, row) => one - (others[row] ?? 0));
    const difference = gains.reduce((sum, one) => sum + one, 0) / samples.length;
    if (new Set(groups).size < 2) return { difference, ci95: null };
    const half = halfWidth(accuracySpread(gains, units));
    return { difference, ci95: [Math.max(-1, difference - half), Math.min(1, difference + half)] };
  };
  const unjudged = ANSWER_WAYS.reduce((sum, way) => sum + (passed[way]?.filter((one) => one === null).length ?? 0), 0);
  return {
    ...{ id: spec.kind, title, detail, parameters: spec.parameters, reason: spec.reason, fault },
    passed: byWay((way) => (has(way) ? count(way) : null)),
    ci95: byWay((way) => (has(way) ? shareInterval(flags(way), units).ci95 : null)),
    gains: { base: gain('base'), few_shot: gain('few_shot'), nearest: gain('nearest') },
    wanted: count('wanted'),
    unjudged,
  };
}

function byWay<T>(of: (way: AnswerWay) => T): ByWay<T> {
  return { base: of('base'), few_shot: of('few_shot'), nearest: of('nearest'), tuned: of('tuned') };
}

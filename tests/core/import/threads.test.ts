/** A set of conversations: what it reads when rows are parted as they come, and when conversations are kept together. */
import { expect, test } from 'vitest';
import { fitLogisticRegression, predictProba } from '../../../src/core/baselines/logistic-regression';
import { fitTfIdf, transformTfIdf } from '../../../src/core/baselines/tf-idf';
import type { GroupedRow } from '../../../src/core/data/split-groups';
import { groupForSplits } from '../../../src/core/data/split-groups';
import { makeFolds } from '../../../src/core/data/folds';
import { argmaxRows } from '../../../src/core/metrics/probabilistic';
import { createRandom } from '../../../src/core/random';

const LABELS = 6;

/** Thirty threads of twenty rows: each thread has words of its own and one label, which nothing else tells. */
function threads(from: number): (GroupedRow & { label: number })[] {
  const random = createRandom(from + 1);
  return Array.from({ length: 30 }, (_, thread) => {
    const own = Array.from({ length: 8 }, (_, i) =>
      `word${from + thread}x${'abcdefgh'[i]}`.replace(/\d/g, (d) => 'qrstuvwxyz'[Number(d)] ?? ''),
    );
    const label = thread % LABELS;
    return Array.from({ length: 20 }, () => ({
      text: Array.from({ length: 10 }, () =>
        random() < 0.3
          ? (own[Math.floor(random() * 8)] ?? '')
          : `all${'abcdefghijklmnopqrstuvwxyz'[Math.floor(random() * 26)]}`,
      ).join(' '),
      target: `l${label}`,
      label,
      together: `t${from + thread}`,
    }));
  }).flat();
}

function right(train: { text: string; label: number }[], held: { text: string; label: number }[]): number {
  const words = fitTfIdf(train.map(({ text }) => text));
  const at = (rows: { text: string }[]) =>
    transformTfIdf(
      words,
      rows.map(({ text }) => text),
    );
  const model = fitLogisticRegression(
    at(train),
    train.map(({ label }) => label),
    LABELS,
    { c: 10 },
  );
  const answers = argmaxRows(predictProba(model, at(held)), LABELS);
  return held.filter(({ label }, i) => answers[i] === label).length;
}

function crossValidated(rows: (GroupedRow & { label: number })[], groups: Int32Array): number {
  const { foldOf, folds } = makeFolds(
    rows.map(({ label }) => label),
    groups,
    5,
    1,
  );
  let sum = 0;
  for (let fold = 0; fold < folds; fold++) {
    sum += right(
      rows.filter((_, row) => foldOf[row] !== fold),
      rows.filter((_, row) => foldOf[row] === fold),
    );
  }
  return sum / rows.length;
}

test('thirty threads that read over 85 % row by row come out at what they are on new threads when kept together', () => {
  const rows = threads(0);
  const news = threads(100);
  const truth = right(rows, news) / news.length;
  const apart = crossValidated(rows, groupForSplits(rows.map(({ text, target }) => ({ text, target }))).groups);
  const grouped = groupForSplits(rows);
  const together = crossValidated(rows, grouped.groups);
  expect(apart).toBeGreaterThan(0.85);
  expect(truth).toBeLessThan(0.3);
  expect(Math.abs(together - truth)).toBeLessThan(0.1);
  expect(grouped).toMatchObject({ conversations: 30, keptTogether: 600, labelsFollow: 1 });
});

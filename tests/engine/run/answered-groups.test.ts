import { expect, test } from 'vitest';
import type { HeldOutRow } from '../../../src/core/run/generation';
import { AnsweredGroups, type AskedGroup } from '../../../src/engine/run/answered-groups';

function row(number: number, few: boolean): HeldOutRow {
  const asked = { prompt: Int32Array.of(number), example: { ids: new Int32Array(), trained: new Uint8Array() } };
  return { row: number, base: asked, fewShot: few ? asked : null, examples: [], nearest: null };
}

const loss = (nll: number) => ({ nll, tokens: 1, right: 0 });
const answer = (text: string) => ({ text, tokens: 1, cut: false });

test('a group is told when all of it is there, after those before it, and a row that was not asked has nothing', () => {
  const groups = [[row(0, true), row(1, false), row(2, true)], [row(3, true)]];
  const asked = groups.flatMap((rows): AskedGroup[] => [
    { rows, way: 'few_shot', kind: 'score' },
    { rows, way: 'tuned', kind: 'write' },
  ]);
  const told: unknown[] = [];
  const answered = new AnsweredGroups(asked, 2, (rows, results) =>
    told.push([rows.map((one) => one.row), results.map(({ losses, answers }) => [losses, answers])]),
  );
  answered.put(3, { answers: [answer('d')] });
  answered.put(2, { losses: [loss(3)] });
  answered.put(0, { losses: [loss(0), loss(2)] });
  expect(told).toEqual([]);
  answered.put(1, { answers: [answer('a'), answer('b'), answer('c')] });
  expect(told).toEqual([
    [
      [0, 1, 2],
      [
        [[loss(0), null, loss(2)], []],
        [[], [answer('a'), answer('b'), answer('c')]],
      ],
    ],
    [
      [3],
      [
        [[loss(3)], []],
        [[], [answer('d')]],
      ],
    ],
  ]);
});

import { expect, test } from 'vitest';
import { probeTable } from '../../../../src/ui/screens/running/probe-table';

const prompts = ['a', 'b', 'c'];
const look = (fold: number, epoch: number, ...texts: string[]) => ({ fold, epoch, texts });

test('prompts are rows and looks are columns, in the order of training', () => {
  const answers = [look(0, 0, 'a0', 'b0', 'c0'), look(0, 1, 'a1', 'b1', 'c1'), look(0, 2, 'a2', 'b2', 'c2')];
  const table = probeTable({ prompts, answers }, 1);
  expect([table.title, table.fold]).toEqual(['Three prompts, after each pass', null]);
  expect(table.columns.map(({ name }) => name)).toEqual(['Before', 'Pass 1', 'Pass 2']);
  expect(table.rows[1]).toEqual({ prompt: 'b', answers: ['b0', 'b1', 'b2'] });
});

test('of several trainings the newest is shown and named, and a pass that was gone over again stands once', () => {
  const answers = [
    look(0, 1, 'x', 'x', 'x'),
    look(1, 1, 'old', '', ''),
    look(1, 0, 'o', '', ''),
    look(1, 1, 'new', '', ''),
  ];
  const table = probeTable({ prompts, answers }, 3);
  expect(table.fold).toBe('fold 2');
  expect(table.rows[0]?.answers).toEqual(['o', 'new']);
  expect(probeTable({ prompts, answers: [look(3, 1, 'y', '', '')] }, 3).fold).toBe('the final fit');
});

/** A layer with an adapter beside it: as narrow as most are, which takes products of their own on a GPU. */
import { lowRankLinear } from '../../../src/engine/ops/low-rank';
import { checkOperation } from '../../helpers/operations';

const branch = { scaling: 0.5, dropout: { rate: 0, seed: 1, firstText: 0, tokens: 1 } };

checkOperation('lowRankLinear', {
  shapes: [
    [9, 20],
    [20, 24],
    [20, 8],
    [8, 24],
  ],
  run: (x) => lowRankLinear(x(0), { weight: x(1) }, [{ a: x(2), b: x(3), start: 0, ...branch }]),
});
checkOperation('lowRankLinear, two beside each other', {
  shapes: [
    [11, 18],
    [18, 40],
    [18, 5],
    [5, 20],
    [18, 3],
    [3, 20],
  ],
  run: (x) =>
    lowRankLinear(x(0), { weight: x(1) }, [
      { a: x(2), b: x(3), start: 0, ...branch },
      { a: x(4), b: x(5), start: 20, ...branch },
    ]),
});

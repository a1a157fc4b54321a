import { add } from '../../../src/engine/ops/add';
import { checkOperation } from '../../helpers/operations';

checkOperation('add', {
  shapes: [
    [3, 5],
    [3, 5],
  ],
  run: (x) => add(x(0), x(1)),
});

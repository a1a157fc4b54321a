import { linear } from '../../../src/engine/ops/linear';
import { checkOperation } from '../../helpers/operations';

checkOperation('linear', { shapes: [[5, 6], [6, 9], [9]], run: (x) => linear(x(0), x(1), x(2)) });

// Wider than a tile of the transpose, and no multiple of it.
checkOperation('linear, larger', { shapes: [[33, 40], [40, 3], [3]], run: (x) => linear(x(0), x(1), x(2)) });

/** The adapter that a run kept, and the one that a file has, as each other: kept are A [inputs, rank] and B [rank, outputs]. */
import { AppError } from '../errors';
import { loraScaling } from '../models/lora';
import type { TrainedAdapter } from '../run/generation';
import type { LoraAdapter, LoraModule } from './model-tensors';

const A = '.lora_A.weight';
const B = '.lora_B.weight';

type Kept = Pick<TrainedAdapter, 'lora' | 'tensors'>;

/** As files have it. Throws `internal` where one of the two matrices is missing. */
export function exportedAdapter({ lora, tensors }: Kept): LoraAdapter {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const modules = tensors.flatMap(({ name, shape: [inputs = 0, rank = 0], values }): LoraModule[] => {
    if (!name.endsWith(A)) return [];
    const path = name.slice(0, -A.length);
    const b = byName.get(path + B);
    if (b === undefined) throw new AppError('internal', `The kept adapter has no ${path}${B}.`);
    const [, outputs = 0] = b.shape;
    return [{ path, inputs, outputs, a: turned(values, inputs, rank), b: turned(b.values, rank, outputs) }];
  });
  return { config: lora, modules };
}

/** As a run keeps it. */
export function keptAdapter({ config, modules }: LoraAdapter): Kept {
  const { rank } = config;
  const tensors = modules.flatMap(({ path, inputs, outputs, a, b }) => [
    { name: path + A, shape: [inputs, rank], values: turned(a, rank, inputs) },
    { name: path + B, shape: [rank, outputs], values: turned(b, outputs, rank) },
  ]);
  return { lora: config, tensors };
}

/** True where two adapters make the same of every text: their matrices are equal to the bit, and scaled alike. */
export function sameAdapter(a: Kept, b: Kept): boolean {
  if (a.tensors.length !== b.tensors.length || loraScaling(a.lora) !== loraScaling(b.lora)) return false;
  const others = new Map(b.tensors.map((tensor) => [tensor.name, tensor]));
  return a.tensors.every(({ name, shape, values }) => {
    const other = others.get(name);
    if (other === undefined || shape.join() !== other.shape.join() || values.length !== other.values.length)
      return false;
    return values.every((value, i) => Object.is(value, other.values[i]));
  });
}

/** From [rows, columns] to [columns, rows]. */
function turned(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) result[column * rows + row] = values[i] ?? 0;
  }
  return result;
}

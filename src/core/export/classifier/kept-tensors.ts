/** The values of an encoder as a run left it: its base, with what was trained in place of it or added to it. */
import { AppError } from '../../errors';
import type { TrainedModel } from '../../run/trained-model';
import { mergedTensors, type ModelTensors } from '../model-tensors';
import { exportedAdapter } from '../trained-adapter';

/**
 * `isTurned` says which are kept as [inputs, outputs], where files have [outputs, inputs]. Throws `internal` where what was kept
 * does not fit the base.
 */
export function tunedTensors(
  base: ModelTensors,
  { encoder, lora }: Pick<TrainedModel, 'encoder' | 'lora'>,
  isTurned: (name: string) => boolean,
): ModelTensors {
  if (lora) return mergedTensors(base, exportedAdapter({ lora, tensors: encoder }));
  const kept = new Map(encoder.map((array) => [array.name, array]));
  for (const [name, { shape }] of kept) {
    const asKept = isTurned(name) ? [...shape].reverse() : shape;
    if (!base.names.includes(name) || base.shape(name).join() !== asKept.join()) {
      throw new AppError('internal', `The trained «${name}» does not fit the model: [${shape.join(', ')}].`);
    }
  }
  return {
    names: base.names,
    shape: (name) => base.shape(name),
    lines(name, from, to) {
      const array = kept.get(name);
      if (array === undefined) return base.lines(name, from, to);
      const { values } = array;
      const [height = 1, ...rest] = base.shape(name);
      const width = rest.reduce((product, side) => product * side, 1);
      if (!isTurned(name)) return values.subarray(from * width, to * width);
      const lines = new Float32Array((to - from) * width);
      for (let row = from, i = 0; row < to; row++) {
        for (let column = 0; column < width; column++, i++) lines[i] = values[column * height + row] ?? 0;
      }
      return lines;
    },
  };
}

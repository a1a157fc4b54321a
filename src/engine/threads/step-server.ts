/** A thread's side of shared steps: a decoder of its own, the adapter as it is told, the gradients of what it is given. */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { placed } from '../device/placed';
import { initBackend } from '../device/select';
import { nextTurn } from '../fit/pace';
import type { Decoder } from '../models/decoder';
import { parameter } from '../models/weights';
import { gradientsOf } from '../ops/gradients';
import { currentPath } from '../ops/path';
import type { WasmHeap } from '../ops/wasm/heap';
import { placeDecoderCopy } from './decoder-copy';
import type { AdapterValues, FromStepThread, ToStepThread } from './step-messages';

/** What a thread does one after the other. */
export type StepTask<Work> = Exclude<ToStepThread<Work>, { type: 'skip' }>;

type Gradients<Work> = Extract<ToStepThread<Work>, { type: 'gradients' }>;

export class StepServer<Work> {
  readonly #lossOf: (decoder: Decoder, work: Work) => tf.Tensor;
  readonly #post: (answer: FromStepThread, transfer: ArrayBuffer[]) => void;
  #decoder: Decoder | null = null;
  #trained: string[] = [];
  #skipped: { step: number; place: number }[] = [];

  /** `lossOf` gives the loss of a micro-batch, a scalar. */
  constructor(
    lossOf: (decoder: Decoder, work: Work) => tf.Tensor,
    post: (answer: FromStepThread, transfer: ArrayBuffer[]) => void,
  ) {
    this.#lossOf = lossOf;
    this.#post = post;
  }

  /** Leaves a micro-batch out that was not begun. */
  skip(step: number, place: number): void {
    this.#skipped.push({ step, place });
  }

  async obey(task: StepTask<Work>): Promise<void> {
    if (task.type === 'open-decoder') {
      await initBackend('wasm', task.wasmUrl === null ? {} : { wasmUrl: task.wasmUrl });
      this.#decoder = placeDecoderCopy(task.decoder);
      this.#post({ type: 'opened' }, []);
      return;
    }
    if (this.#decoder === null) throw new AppError('internal', 'A thread was given a step before its decoder.');
    if (task.type === 'adapter') this.#decoder = this.#adapted(this.#decoder, task.adapter);
    else await this.#answer(this.#decoder, task);
  }

  #adapted(decoder: Decoder, { parameters, values, lora, recompute }: AdapterValues): Decoder {
    const { weights } = decoder;
    const names = new Set(parameters.map(({ name }) => name));
    for (const name of this.#trained.filter((before) => !names.has(before))) {
      weights.get(name)?.dispose();
      weights.delete(name);
    }
    let at = 0;
    for (const { name, shape } of parameters) {
      const size = shape.reduce((product, side) => product * side, 1);
      const own = values.subarray(at, (at += size));
      const known = weights.get(name);
      if (known?.shape.join() === shape.join()) heapHere().view(parameter(weights, name)).set(own);
      else {
        known?.dispose();
        weights.set(name, placed(own, shape));
      }
    }
    this.#trained = [...names];
    return { ...decoder, lora, recompute };
  }

  async #answer(decoder: Decoder, { step, place, work }: Gradients<Work>): Promise<void> {
    // Lets in what is to be skipped.
    await nextTurn();
    const skipped = this.#skipped.some((one) => one.step === step && one.place === place);
    this.#skipped = this.#skipped.filter((one) => one.step >= step);
    if (skipped) return;
    const trained = this.#trained.map((name) => parameter(decoder.weights, name));
    const { value, gradients } = gradientsOf(() => this.#lossOf(decoder, work), trained);
    try {
      const heap = heapHere();
      const values = new Float32Array(trained.reduce((sum, { size }) => sum + size, 0));
      let at = 0;
      gradients.forEach((gradient, i) => {
        if (gradient === undefined) throw new AppError('internal', `«${this.#trained[i]}» is not in the loss.`);
        values.set(heap.view(gradient), at);
        at += gradient.size;
      });
      const loss = heap.view(value)[0] ?? NaN;
      this.#post({ type: 'gradients', step, place, loss, values }, [values.buffer]);
    } finally {
      tf.dispose([value, ...gradients.flatMap((gradient) => gradient ?? [])]);
    }
  }
}

function heapHere(): WasmHeap {
  const path = currentPath();
  if (path.kind === 'wasm') return path.heap;
  throw new AppError('internal', 'Steps are shared on the CPU only.');
}

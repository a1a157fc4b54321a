/**
 * A thread's side of work on a decoder: weights of its own, the adapter as it is told, the gradients of what it is given, and
 * jobs from their beginning to their end.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { placed } from '../device/placed';
import { initBackend } from '../device/select';
import { nextTurn, Pace } from '../fit/pace';
import type { Decoder } from '../models/decoder';
import { parameter, type Weights } from '../models/weights';
import { gradientsOf } from '../ops/gradients';
import { currentPath } from '../ops/path';
import type { WasmHeap } from '../ops/wasm/heap';
import { placeDecoderCopy } from './decoder-copy';
import type { AdapterValues, CrewSignal, CrewTask, FromCrewThread, ToCrewThread } from './decoder-messages';

/** What a thread does one after the other. */
export type CrewOrder<T extends CrewTask> = Exclude<ToCrewThread<T>, CrewSignal>;

/** What a task computes on another thread. */
export interface CrewWork<T extends CrewTask> {
  /** The loss of a micro-batch, a scalar. */
  lossOf(decoder: Decoder, work: T['work']): tf.Tensor;
  /** Null when the pace stopped it. */
  answer(decoder: Decoder, job: T['job'], pace: Pace): Promise<T['result'] | null>;
}

export class DecoderServer<T extends CrewTask> {
  readonly #work: CrewWork<T>;
  readonly #post: (answer: FromCrewThread<T>, transfer: ArrayBuffer[]) => void;
  #base: Decoder | null = null;
  #tuned: Decoder | null = null;
  readonly #adapter: Weights = new Map();
  #skipped: { step: number; place: number }[] = [];
  readonly #dropped = new Set<number>();

  constructor(work: CrewWork<T>, post: (answer: FromCrewThread<T>, transfer: ArrayBuffer[]) => void) {
    this.#work = work;
    this.#post = post;
  }

  hear(signal: CrewSignal): void {
    if (signal.type === 'skip') this.#skipped.push(signal);
    else this.#dropped.add(signal.number);
  }

  async obey(order: CrewOrder<T>): Promise<void> {
    if (order.type === 'open-decoder') {
      await initBackend('wasm', order.wasmUrl === null ? {} : { wasmUrl: order.wasmUrl });
      this.#base = placeDecoderCopy(order.decoder);
      this.#post({ type: 'opened' }, []);
      return;
    }
    if (this.#base === null) throw new AppError('internal', 'A thread was given work before its decoder.');
    switch (order.type) {
      case 'adapter':
        this.#tuned = this.#adapted(this.#base, order.adapter);
        break;
      case 'gradients':
        await this.#computeGradients(demand(this.#tuned), order);
        break;
      case 'ask':
        await this.#answer(order.tuned ? demand(this.#tuned) : this.#base, order);
        break;
      default:
        order satisfies never;
    }
  }

  #adapted(base: Decoder, { parameters, values, lora, recompute }: AdapterValues): Decoder {
    const adapter = this.#adapter;
    const names = new Set(parameters.map(({ name }) => name));
    for (const [name, matrix] of adapter) {
      if (names.has(name)) continue;
      matrix.dispose();
      adapter.delete(name);
    }
    let at = 0;
    for (const { name, shape } of parameters) {
      const size = shape.reduce((product, side) => product * side, 1);
      const own = values.subarray(at, (at += size));
      const known = adapter.get(name);
      if (known?.shape.join() === shape.join()) heapHere().view(parameter(adapter, name)).set(own);
      else {
        known?.dispose();
        adapter.set(name, placed(own, shape));
      }
    }
    return { ...base, weights: new Map([...base.weights, ...adapter]), lora, recompute };
  }

  async #computeGradients(
    decoder: Decoder,
    { step, place, work }: Extract<ToCrewThread<T>, { type: 'gradients' }>,
  ): Promise<void> {
    // Lets in what is to be skipped.
    await nextTurn();
    const skipped = this.#skipped.some((one) => one.step === step && one.place === place);
    this.#skipped = this.#skipped.filter((one) => one.step >= step);
    if (skipped) return;
    const names = [...this.#adapter.keys()];
    const trained = names.map((name) => parameter(decoder.weights, name));
    const { value, gradients } = gradientsOf(() => this.#work.lossOf(decoder, work), trained);
    try {
      const heap = heapHere();
      const values = new Float32Array(trained.reduce((sum, { size }) => sum + size, 0));
      let at = 0;
      gradients.forEach((gradient, i) => {
        if (gradient === undefined) throw new AppError('internal', `«${names[i]}» is not in the loss.`);
        values.set(heap.view(gradient), at);
        at += gradient.size;
      });
      const loss = heap.view(value)[0] ?? NaN;
      this.#post({ type: 'gradients', step, place, loss, values }, [values.buffer]);
    } finally {
      tf.dispose([value, ...gradients.flatMap((gradient) => gradient ?? [])]);
    }
  }

  async #answer(decoder: Decoder, { number, job }: Extract<ToCrewThread<T>, { type: 'ask' }>): Promise<void> {
    const pace = new Pace({ checkpoint: () => Promise.resolve(this.#dropped.has(number) ? 'stop' : 'continue') });
    const result = (await pace.goOn()) ? await this.#work.answer(decoder, job, pace) : null;
    this.#dropped.delete(number);
    if (result !== null) this.#post({ type: 'answered', number, result }, []);
  }
}

function demand(tuned: Decoder | null): Decoder {
  if (tuned === null) throw new AppError('internal', 'A thread was given work before its adapter.');
  return tuned;
}

function heapHere(): WasmHeap {
  const path = currentPath();
  if (path.kind === 'wasm') return path.heap;
  throw new AppError('internal', 'Work on a decoder is shared on the CPU only.');
}

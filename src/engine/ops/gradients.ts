/**
 * Gradients of a scalar by what tfjs recorded, in less memory than tfjs's own walk: there every gradient and every
 * saved tensor lives until the last parameter has its gradient; here each is disposed as soon as it was used. Leans
 * on tfjs-core 4.22 (pinned): the tape and its state.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';

type Tape = ReturnType<typeof tf.engine>['state']['activeTape'];

export interface Slopes {
  /** What the function gave. */
  value: tf.Tensor;
  /** One per parameter, undefined where the function does not depend on it. All are the caller's. */
  gradients: (tf.Tensor | undefined)[];
}

/**
 * The value of `run` and its gradients by `parameters`; times `dy` (all ones when not given). Whatever it throws, no
 * tensor of its own is left behind. One of tfjs's may be: where WebAssembly's memory ends while tfjs copies several
 * tensors that one operation saves, it forgets those that it had.
 */
export function gradientsOf(run: () => tf.Tensor, parameters: readonly tf.Tensor[], dy?: tf.Tensor): Slopes {
  const { value, tape } = record(run);
  const gradients = new Map<number, tf.Tensor>();
  try {
    const depends = dependents(tape, parameters);
    gradients.set(value.id, dy === undefined ? tf.onesLike(value) : tf.clone(dy));
    for (const node of tape.toReversed()) {
      if (node.outputs.some(({ id }) => depends.has(id) && gradients.has(id))) pass(node, gradients, depends);
      tf.dispose(node.saved ?? []);
    }
    return { value, gradients: parameters.map(({ id }) => take(gradients, id)) };
  } catch (error) {
    value.dispose();
    throw error;
  } finally {
    forget(tape);
    tf.dispose([...gradients.values()]);
  }
}

function record(run: () => tf.Tensor): { value: tf.Tensor; tape: Tape } {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) throw new AppError('internal', 'Gradients of gradients are not computed.');
  const tape: Tape = [];
  state.activeTape = tape;
  state.gradientDepth++;
  try {
    return { value: tf.tidy(run), tape };
  } catch (error) {
    forget(tape);
    throw error;
  } finally {
    state.gradientDepth--;
    state.activeTape = [];
  }
}

function forget(tape: Tape): void {
  for (const { saved } of tape) tf.dispose(saved ?? []);
}

/** Ids of the tensors that follow from the parameters, these included. What was saved for others is disposed. */
function dependents(tape: Tape, parameters: readonly tf.Tensor[]): Set<number> {
  const ids = new Set(parameters.map(({ id }) => id));
  for (const { inputs, outputs, saved } of tape) {
    if (Object.values(inputs).some(({ id }) => ids.has(id))) for (const { id } of outputs) ids.add(id);
    else tf.dispose(saved ?? []);
  }
  return ids;
}

/** From the gradients of a node's outputs, which are used up, to those of its inputs. */
function pass(node: Tape[number], gradients: Map<number, tf.Tensor>, depends: ReadonlySet<number>): void {
  const { gradient, inputs, outputs, kernelName } = node;
  if (gradient === undefined) throw new AppError('internal', `«${kernelName}» has no gradient.`);
  const wanted = Object.entries(inputs).filter(([, { id }]) => depends.has(id));
  const dys = outputs.map(({ id }) => take(gradients, id));
  let made: tf.Tensor[] = [];
  try {
    made = tf.tidy(() => {
      const byInput = gradient(dys.map((dy, i) => dy ?? tf.zerosLike(at(outputs, i))));
      // Each a tensor of its own, also where an operation hands on what came or gives one to two inputs.
      return wanted.map(([name]) => tf.clone(at([byInput[name]?.()], 0)));
    });
    wanted.forEach(([, { id, shape }], i) => {
      const gradient = at(made, i);
      if (gradient.shape.join() !== shape.join()) {
        throw new AppError('internal', `A gradient [${gradient.shape.join()}] came for a tensor [${shape.join()}].`);
      }
      add(gradients, id, gradient);
    });
  } catch (error) {
    tf.dispose(made);
    throw error;
  } finally {
    tf.dispose(dys.flatMap((dy) => dy ?? []));
  }
}

function add(gradients: Map<number, tf.Tensor>, id: number, gradient: tf.Tensor): void {
  const sum = gradients.get(id);
  gradients.set(id, sum === undefined ? gradient : tf.add(sum, gradient));
  if (sum !== undefined) tf.dispose([sum, gradient]);
}

function take(gradients: Map<number, tf.Tensor>, id: number): tf.Tensor | undefined {
  const gradient = gradients.get(id);
  gradients.delete(id);
  return gradient;
}

function at<T>(items: readonly (T | undefined)[], position: number): T {
  const item = items[position];
  if (item === undefined) throw new AppError('internal', 'An operation gave no gradient for one of its inputs.');
  return item;
}

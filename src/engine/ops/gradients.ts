/**
 * Gradients of a scalar by what tfjs recorded, in less memory than tfjs's own walk: there every gradient and every
 * saved tensor lives until the last parameter has its gradient; here each is disposed as soon as it was used. And in
 * less work: it knows which tensors follow from the parameters, and asks each operation for the gradients of these
 * alone. So a frozen matrix costs no product, and nothing has to be said about it where models are built.
 * Leans on tfjs-core 4.22 (pinned): the tape and its state.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { operationOf } from './differentiable';

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

/** From the gradients of a node's outputs, which are used up, to those of its inputs that want one. */
function pass(node: Tape[number], gradients: Map<number, tf.Tensor>, depends: ReadonlySet<number>): void {
  const dys = node.outputs.map(({ id }) => take(gradients, id));
  let made: Slope[] = [];
  try {
    // Each a tensor of its own, also where an operation hands on what came or gives one to two inputs.
    made = tidySlopes(() =>
      slopesOf(node, dys, depends).map(({ input, slope }) => ({ input, slope: tf.clone(slope) })),
    );
    for (const { input, slope } of made) {
      if (slope.shape.join() !== input.shape.join()) {
        throw new AppError('internal', `A gradient [${slope.shape.join()}] came for a tensor [${input.shape.join()}].`);
      }
      add(gradients, input.id, slope);
    }
  } catch (error) {
    tf.dispose(made.map(({ slope }) => slope));
    throw error;
  } finally {
    tf.dispose(dys.flatMap((dy) => dy ?? []));
  }
}

/** A tensor and its gradient. */
interface Slope {
  input: tf.Tensor;
  slope: tf.Tensor;
}

/** Of the inputs that follow from a parameter, and of no other. */
function slopesOf(
  { gradient, inputs, outputs, saved, kernelName }: Tape[number],
  dys: readonly (tf.Tensor | undefined)[],
  depends: ReadonlySet<number>,
): Slope[] {
  const isWanted = (input: tf.Tensor | undefined): boolean => input !== undefined && depends.has(input.id);
  const [output] = outputs;
  const operation = output && operationOf(output);
  if (operation !== undefined) {
    const slopes = operation.backward(
      at(dys, 0),
      (position) => at(saved ?? [], position),
      (position) => isWanted(operation.inputs[position]),
    );
    return operation.inputs.flatMap((input, i) =>
      input !== undefined && isWanted(input) ? [{ input, slope: at(slopes, i) }] : [],
    );
  }
  if (gradient === undefined) throw new AppError('internal', `«${kernelName}» has no gradient.`);
  const byInput = gradient(dys.map((dy, i) => dy ?? tf.zerosLike(at(outputs, i))));
  const wanted = Object.entries(inputs).filter(([, input]) => isWanted(input));
  return wanted.map(([name, input]) => ({ input, slope: at([byInput[name]?.()], 0) }));
}

/** What `make` made besides is disposed. */
function tidySlopes(make: () => Slope[]): Slope[] {
  let slopes: Slope[] = [];
  tf.tidy(() => {
    slopes = make();
    return slopes.map(({ slope }) => slope);
  });
  return slopes;
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
  if (item === undefined)
    throw new AppError('internal', 'An operation gave no gradient for one of its inputs, or saved too little for it.');
  return item;
}

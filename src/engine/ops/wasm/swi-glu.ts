/** SwiGLU for WebAssembly over the memory of the backend: fours by its loops, the rest here. The formulas stand in ops/swi-glu.ts. */
import type * as tf from '@tensorflow/tfjs-core';
import { expOfNegative } from './exponential';
import type { WasmHeap } from './heap';

/** out = silu(gate)·up */
export function swiGluInto(heap: WasmHeap, gate: tf.Tensor, up: tf.Tensor, out: tf.Tensor): void {
  const fours = out.size - (out.size % 4);
  const byte = (tensor: tf.Tensor): number => 4 * heap.indexOf(tensor);
  if (fours > 0) heap.swiGlu(byte(gate), byte(up), byte(out), 4 * fours, 0, 0);
  const [gates, ups, values] = [heap.view(gate), heap.view(up), heap.view(out)];
  for (let i = fours; i < values.length; i++) {
    const g = gates[i] ?? NaN;
    values[i] = g * (ups[i] ?? NaN) * logistic(g);
  }
}

/** Writes dgate and dup. */
export function swiGluGradientInto(
  heap: WasmHeap,
  { dy, gate, up }: Record<'dy' | 'gate' | 'up', tf.Tensor>,
  { dGate, dUp }: Record<'dGate' | 'dUp', tf.Tensor>,
): void {
  const fours = dy.size - (dy.size % 4);
  const byte = (tensor: tf.Tensor): number => 4 * heap.indexOf(tensor);
  if (fours > 0) heap.swiGluGradient(byte(dy), byte(gate), byte(up), byte(dGate), byte(dUp), 4 * fours);
  const [slopes, gates, ups] = [heap.view(dy), heap.view(gate), heap.view(up)];
  const [ofGate, ofUp] = [heap.view(dGate), heap.view(dUp)];
  for (let i = fours; i < slopes.length; i++) {
    const [g, d] = [gates[i] ?? NaN, slopes[i] ?? NaN];
    const s = logistic(g);
    ofGate[i] = d * (ups[i] ?? NaN) * s * (1 + g * (1 - s));
    ofUp[i] = d * g * s;
  }
}

/** 1 / (1 + exp(−x)) */
function logistic(x: number): number {
  const e = expOfNegative(x < 0 ? x : -x);
  return (x < 0 ? e : 1) / (1 + e);
}

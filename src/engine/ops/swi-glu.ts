/**
 * SwiGLU (Shazeer 2020): silu(gate)·up, elementwise. Back: dgate = dy·up·silu′(gate), dup = dy·silu(gate).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../device/gpu';
import { SWI_GLU, SWI_GLU_BACKWARD, SWI_GLU_GROUP } from '../kernels/swi-glu';
import { differentiable } from './differentiable';
import { currentPath } from './path';
import type { WasmHeap } from './wasm/heap';
import { swiGluGradientInto, swiGluInto } from './wasm/swi-glu';

/** gate, up: of one shape → that shape */
export function swiGlu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  const path = currentPath();
  const way = path.kind === 'webgpu' ? gpuWay(path.gpu) : path.kind === 'wasm' ? wasmWay(path.heap) : PORTABLE_WAY;
  return differentiable(
    [gate, up],
    () => ({ value: way.forward(gate, up), saved: [gate, up] }),
    (dy, saved) => way.backward(dy, saved(0), saved(1)),
  );
}

interface Way {
  forward(gate: tf.Tensor, up: tf.Tensor): tf.Tensor;
  /** Of gate and up. */
  backward(dy: tf.Tensor, gate: tf.Tensor, up: tf.Tensor): [tf.Tensor, tf.Tensor];
}

/** One dispatch each way. */
function gpuWay(gpu: Gpu): Way {
  const call = (size: number) => ({ uniforms: [size], groups: Math.ceil(size / SWI_GLU_GROUP) });
  return {
    forward(gate, up) {
      const out = gpu.make(gate.shape);
      gpu.run(SWI_GLU, { inputs: [gate, up], outputs: [out], ...call(gate.size) });
      return out;
    },
    backward(dy, gate, up) {
      const [dGate, dUp] = [gpu.make(gate.shape), gpu.make(up.shape)];
      gpu.run(SWI_GLU_BACKWARD, { inputs: [dy, gate, up], outputs: [dGate, dUp], ...call(gate.size) });
      return [dGate, dUp];
    },
  };
}

function wasmWay(heap: WasmHeap): Way {
  return {
    forward(gate, up) {
      const out = heap.make(gate.shape);
      swiGluInto(heap, gate, up, out);
      return out;
    },
    backward(dy, gate, up) {
      const [dGate, dUp] = [heap.make(gate.shape), heap.make(up.shape)];
      swiGluGradientInto(heap, { dy, gate, up }, { dGate, dUp });
      return [dGate, dUp];
    },
  };
}

const PORTABLE_WAY: Way = {
  forward: (gate, up) => tf.tidy(() => tf.mul(tf.mul(gate, tf.sigmoid(gate)), up)),
  backward: (dy, gate, up) =>
    tf.tidy(() => {
      const s = tf.sigmoid(gate);
      const slope = tf.mul(s, tf.add(1, tf.mul(gate, tf.sub(1, s))));
      return [tf.mul(tf.mul(dy, up), slope), tf.mul(dy, tf.mul(gate, s))];
    }),
};

/**
 * Brings up the backend that was asked for, and no other: what cannot be had is an error with a reason,
 * never a silent fall-back.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import type { DeviceDescription } from '../../core/run/record';
import type { Backend } from '../../core/settings/settings';
import { findAdapter } from './adapter';
import { answered, isSilence } from './answer';
import { describeAdapter, describeWasm } from './describe';
import { webGpu } from './gpu';
import { NO_GUARD, watchDevice, type DeviceGuard } from './guard';
import { limitsToAsk } from './limits';
import { demandWasmFile } from './wasm-file';
import { wasmMemory } from './wasm-memory';

export interface Device {
  description: DeviceDescription;
  /** Asked at every step whether something went wrong on the side. */
  guard: DeviceGuard;
}

export interface InitOptions {
  /** Absolute address of tfjs-backend-wasm-simd.wasm; not needed in Node. */
  wasmUrl?: string;
  /** The browser has to be nudged to look for the GPU's finished work, as Firefox: see nudge.ts. */
  nudges?: boolean;
}

/** Starts a backend and makes it the current one; throws `no-webgpu` without an adapter, `no-wasm` without SIMD or its file. */
export async function initBackend(backend: Backend, { wasmUrl, nudges = false }: InitOptions = {}): Promise<Device> {
  switch (backend) {
    case 'webgpu':
      return initWebGpu(nudges);
    case 'wasm':
      return initWasm(wasmUrl);
    default:
      return backend satisfies never;
  }
}

/** The device that runs, for as long as it works: asked for again, the same is given. */
let running: Device | undefined;

async function initWebGpu(nudges: boolean): Promise<Device> {
  if (running !== undefined && works(running)) {
    await start('webgpu');
    return running;
  }
  // tfjs would take an adapter of its own choice, or another backend when there is none: so both are done here.
  const gpu = 'gpu' in navigator ? navigator.gpu : undefined;
  const adapter = gpu && (await findAdapter(gpu));
  if (!adapter) {
    throw new AppError(
      'no-webgpu',
      'This browser offers no WebGPU here. Use a current Chrome, Edge or Safari, or choose WebAssembly.',
    );
  }
  const { vendor, architecture, device: model, description } = adapter.info;
  const facts = { vendor, architecture, device: model, description, isFallbackAdapter: isFallback(adapter) };
  const device = await requestDevice(adapter);
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  // Tensors under 1,000 elements would be computed on the CPU, by other code than the rest.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  // The split-K product adds up in an order that changes from run to run; program 3 does not.
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', 3);
  // The kernels are registered under this name. A backend whose device was lost goes, with what it held.
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  await start('webgpu');
  webGpu({ nudges }); // puts our pool of buffers in place, before the first tensor
  running = { description: describeAdapter(facts), guard: watchDevice(device) };
  return running;
}

/** What computes, for keys of kept values: those of one device are not the bits of another. */
export function deviceKey(): string {
  const backend = tf.getBackend();
  return backend === 'webgpu' && running ? `webgpu ${running.description.name}` : backend;
}

/** Throws `no-webgpu` when the adapter has too little, gives no device, or does not answer. */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits = { ...limitsToAsk(adapter.limits) };
  try {
    return await answered(adapter.requestDevice({ requiredLimits }), { late: (device) => device.destroy() });
  } catch (cause) {
    if (isSilence(cause)) throw cause;
    throw new AppError(
      'no-webgpu',
      'The GPU is there and refuses to work. Restart the browser, or choose WebAssembly.',
      {
        cause,
      },
    );
  }
}

function works({ guard }: Device): boolean {
  try {
    guard.check();
    return true;
  } catch {
    return false;
  }
}

async function initWasm(wasmUrl: string | undefined): Promise<Device> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  if (wasmUrl !== undefined) {
    // tfjs wants an address for each variant or none, and would ask for the threaded one on an isolated page.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths({
      'tfjs-backend-wasm.wasm': wasmUrl,
      'tfjs-backend-wasm-simd.wasm': wasmUrl,
      'tfjs-backend-wasm-threaded-simd.wasm': wasmUrl,
    });
  }
  // Our products need it too, and the one file that is given to tfjs is the one with it.
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
    throw new AppError(
      'no-wasm',
      'This browser’s WebAssembly has no SIMD, which is needed to compute on the processor. Use a current Chrome, ' +
        'Edge, Firefox or Safari.',
    );
  }
  if (wasmUrl !== undefined && tf.findBackend('wasm') === null) await demandWasmFile(wasmUrl);
  await start('wasm');
  wasmMemory(); // watches it from here on: the model is loaded next
  return { description: describeWasm(), guard: NO_GUARD };
}

async function start(backend: Backend): Promise<void> {
  const started = await tf.setBackend(backend);
  await tf.ready();
  if (started && tf.getBackend() === backend) return;
  throw new AppError(
    backend === 'webgpu' ? 'no-webgpu' : 'internal',
    `The ${backend === 'webgpu' ? 'WebGPU' : 'WebAssembly'} backend did not start. Reload the page and try again.`,
    { details: { asked: backend, got: tf.getBackend() } },
  );
}

/** The flag moved from the adapter to its info; both are looked at. */
function isFallback(adapter: GPUAdapter): boolean {
  const flagged = (holder: object): boolean => 'isFallbackAdapter' in holder && holder.isFallbackAdapter === true;
  return flagged(adapter) || flagged(adapter.info);
}

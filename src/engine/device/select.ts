/**
 * Brings up the backend that was asked for, and no other: what cannot be had is an error with a reason,
 * never a silent fall-back.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import type { DeviceDescription } from '../../core/plan/run';
import type { Backend } from '../../core/plan/settings';
import { describeAdapter, describeWasm } from './describe';
import { NO_GUARD, watchDevice, type DeviceGuard } from './guard';

export interface Device {
  description: DeviceDescription;
  /** Asked at every step whether something went wrong on the side. */
  guard: DeviceGuard;
}

export interface InitOptions {
  /** Absolute address of tfjs-backend-wasm-simd.wasm; not needed in Node. */
  wasmUrl?: string;
}

/** Starts a backend and makes it the current one; throws `no-webgpu` when there is no adapter. */
export async function initBackend(backend: Backend, { wasmUrl }: InitOptions = {}): Promise<Device> {
  switch (backend) {
    case 'webgpu':
      return initWebGpu();
    case 'wasm':
      return initWasm(wasmUrl);
    default:
      return backend satisfies never;
  }
}

async function initWebGpu(): Promise<Device> {
  // tfjs fails with a TypeError, or takes another backend, when there is no adapter: so it is asked for here first.
  const gpu = 'gpu' in navigator ? navigator.gpu : undefined;
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new AppError(
      'no-webgpu',
      'This browser offers no WebGPU here. Use a current Chrome, Edge or Safari, or choose WebAssembly.',
    );
  }
  await import('@tensorflow/tfjs-backend-webgpu');
  // Tensors under 1,000 elements would be computed on the CPU, by other code than the rest.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  // The split-K product adds up in an order that changes from run to run; program 3 does not.
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', 3);
  await start('webgpu');
  const device = deviceOf(tf.backend());
  const { vendor, architecture, device: model, description } = adapter.info;
  return {
    description: describeAdapter({
      vendor,
      architecture,
      device: model,
      description,
      isFallbackAdapter: isFallback(adapter),
    }),
    guard: watchDevice(device),
  };
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
  await start('wasm');
  const simd = Boolean(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'));
  return { description: describeWasm(simd), guard: NO_GUARD };
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

function deviceOf(backend: unknown): GPUDevice {
  if (typeof backend === 'object' && backend !== null && 'device' in backend && isDevice(backend.device)) {
    return backend.device;
  }
  throw new AppError('internal', 'The WebGPU backend has no device to watch.');
}

function isDevice(device: unknown): device is GPUDevice {
  return typeof device === 'object' && device !== null && 'lost' in device && 'limits' in device;
}

/** The flag moved from the adapter to its info; both are looked at. */
function isFallback(adapter: GPUAdapter): boolean {
  const flagged = (holder: object): boolean => 'isFallbackAdapter' in holder && holder.isFallbackAdapter === true;
  return flagged(adapter) || flagged(adapter.info);
}

/**
 * The part of tfjs-backend-webgpu 4.22 (pinned; the library is frozen) that the files beside this one lean on: its
 * buffers, its queue and the compute pass it records into. Named here and nowhere else.
 */
import type * as tf from '@tensorflow/tfjs-core';

/** What tfjs asks of the pool that gives it buffers. */
export interface BufferManager {
  readonly numBytesUsed: number;
  readonly numBytesAllocated: number;
  acquireBuffer(size: number, usage: number, mappedAtCreation?: boolean, reuse?: boolean): GPUBuffer;
  releaseBuffer(buffer: GPUBuffer, reuse?: boolean): void;
  getNumUsedBuffers(): number;
  getNumFreeBuffers(): number;
  dispose(): void;
}

export interface WebGpuBackend {
  readonly device: GPUDevice;
  readonly queue: GPUQueue;
  bufferManager: BufferManager;
  computePassEncoder: GPUComputePassEncoder | null;
  readonly commandEncoder: GPUCommandEncoder | null;
  dispatchCountInPass: number;
  readonly tensorMap: { get(dataId: object): { resource: GPUBuffer | null; values: unknown } };
  makeTensorInfo(shape: number[], dtype: string): tf.TensorInfo;
  /** Gives a tensor its buffer, filled when its values are on the CPU so far. */
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  /** Needs an encoder and no open pass. Buffers whose disposal waited for it are released by it. */
  submitQueue(): void;
}

export function isWebGpuBackend(backend: unknown): backend is WebGpuBackend {
  return (
    typeof backend === 'object' &&
    backend !== null &&
    'device' in backend &&
    'bufferManager' in backend &&
    'uploadToGPU' in backend &&
    'ensureCommandEncoderReady' in backend &&
    'submitQueue' in backend
  );
}

/**
 * Counts what is asked of a GPU, whoever asks: dispatches, and bytes of buffers that are held. Watches the interface
 * of the browser (or of Dawn) itself, so that an engine of ours and plain tfjs are counted by the same rule.
 */

export interface GpuCounts {
  /** Calls of `dispatchWorkgroups` since the last `reset`. */
  dispatches: number;
  /** Bytes of all buffers that were made and not destroyed, since watching began. */
  bytes: number;
  /** The most that `bytes` was since the last `reset`. */
  peakBytes: number;
}

/** Counts from now on; one at a time, started before the device is asked for. */
export class GpuLedger {
  readonly #sizes = new Map<GPUBuffer, number>();
  readonly #restore: () => void;
  #dispatches = 0;
  #bytes = 0;
  #peakBytes = 0;

  constructor() {
    const onBuffer = (buffer: GPUBuffer): void => {
      this.#sizes.set(buffer, buffer.size);
      this.#bytes += buffer.size;
      this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
    };
    const onDestroy = (buffer: GPUBuffer): void => {
      this.#bytes -= this.#sizes.get(buffer) ?? 0;
      this.#sizes.delete(buffer);
    };
    const onDispatch = (): void => {
      this.#dispatches++;
    };
    const { createBuffer } = GPUDevice.prototype;
    const { destroy } = GPUBuffer.prototype;
    const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = createBuffer.call(this, descriptor);
      onBuffer(buffer);
      return buffer;
    };
    GPUBuffer.prototype.destroy = function () {
      onDestroy(this);
      return destroy.call(this);
    };
    GPUComputePassEncoder.prototype.dispatchWorkgroups = function (x, y, z) {
      onDispatch();
      return dispatchWorkgroups.call(this, x, y, z);
    };
    this.#restore = () => {
      GPUDevice.prototype.createBuffer = createBuffer;
      GPUBuffer.prototype.destroy = destroy;
      GPUComputePassEncoder.prototype.dispatchWorkgroups = dispatchWorkgroups;
    };
  }

  get counts(): GpuCounts {
    return { dispatches: this.#dispatches, bytes: this.#bytes, peakBytes: this.#peakBytes };
  }

  /** Dispatches from 0 and the peak from what is held now. */
  reset(): void {
    this.#dispatches = 0;
    this.#peakBytes = this.#bytes;
  }

  /** Leaves the interface as it was. */
  stop(): void {
    this.#restore();
    this.#sizes.clear();
  }
}

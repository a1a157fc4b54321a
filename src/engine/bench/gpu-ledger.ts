/**
 * Counts what is asked of a GPU, whoever asks: dispatches, and bytes of buffers that are held. Watches the interface
 * of the browser (or of Dawn) itself, so that an engine of ours and plain tfjs are counted by the same rule.
 */

export interface GpuCounts {
  /** Calls of `dispatchWorkgroups` since the last `reset`. */
  dispatches: number;
  /** The same by the names of their programs. */
  kinds: Readonly<Record<string, number>>;
  /** Bytes of all buffers that were made and not destroyed, since watching began. */
  bytes: number;
  /** The most that `bytes` was since the last `reset`. */
  peakBytes: number;
}

export interface GpuLedgerOptions {
  /** Dispatches are counted and not made: for counts alone, where computing would take too long. */
  silent?: boolean;
}

/** Counts from now on; one at a time, started before the device is asked for. */
export class GpuLedger {
  readonly #sizes = new Map<GPUBuffer, number>();
  readonly #restore: () => void;
  #dispatches = 0;
  readonly #kinds = new Map<string, number>();
  #bytes = 0;
  #peakBytes = 0;

  constructor({ silent = false }: GpuLedgerOptions = {}) {
    const onBuffer = (buffer: GPUBuffer): void => {
      this.#sizes.set(buffer, buffer.size);
      this.#bytes += buffer.size;
      this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
    };
    const onDestroy = (buffer: GPUBuffer): void => {
      this.#bytes -= this.#sizes.get(buffer) ?? 0;
      this.#sizes.delete(buffer);
    };
    let kind = '';
    const onPipeline = (label: string): void => {
      kind = label;
    };
    const onDispatch = (): void => {
      this.#dispatches++;
      this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    };
    const { createBuffer } = GPUDevice.prototype;
    const { destroy } = GPUBuffer.prototype;
    const { dispatchWorkgroups, setPipeline } = GPUComputePassEncoder.prototype;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = createBuffer.call(this, descriptor);
      onBuffer(buffer);
      return buffer;
    };
    GPUBuffer.prototype.destroy = function () {
      onDestroy(this);
      return destroy.call(this);
    };
    GPUComputePassEncoder.prototype.setPipeline = function (pipeline) {
      onPipeline(pipeline.label);
      return setPipeline.call(this, pipeline);
    };
    GPUComputePassEncoder.prototype.dispatchWorkgroups = function (x, y, z) {
      onDispatch();
      return silent ? undefined : dispatchWorkgroups.call(this, x, y, z);
    };
    this.#restore = () => {
      GPUDevice.prototype.createBuffer = createBuffer;
      GPUBuffer.prototype.destroy = destroy;
      GPUComputePassEncoder.prototype.dispatchWorkgroups = dispatchWorkgroups;
      GPUComputePassEncoder.prototype.setPipeline = setPipeline;
    };
  }

  get counts(): GpuCounts {
    const kinds = Object.fromEntries(this.#kinds);
    return { dispatches: this.#dispatches, kinds, bytes: this.#bytes, peakBytes: this.#peakBytes };
  }

  /** Dispatches from 0 and the peak from what is held now. */
  reset(): void {
    this.#dispatches = 0;
    this.#kinds.clear();
    this.#peakBytes = this.#bytes;
  }

  /** Leaves the interface as it was. */
  stop(): void {
    this.#restore();
    this.#sizes.clear();
  }
}

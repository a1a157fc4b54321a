/**
 * Uniforms of the dispatches between two submits, side by side in one buffer that is written once per submit.
 * Obligation: `flush` before the submit. The queue writes and runs in order, so the slots are free again after it.
 */

/** Room for several times the dispatches that tfjs puts into one submit. */
const BYTES = 1 << 15;

export class UniformSlots {
  readonly #queue: GPUQueue;
  readonly #buffer: GPUBuffer;
  readonly #stride: number;
  readonly #bytes = new DataView(new ArrayBuffer(BYTES));
  #next = 0;

  constructor(device: GPUDevice) {
    this.#queue = device.queue;
    this.#stride = device.limits.minUniformBufferOffsetAlignment;
    this.#buffer = device.createBuffer({
      size: BYTES,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM,
      label: 'uniforms',
    });
  }

  /** True when there is no room for that many values before the next submit. */
  isFull(values: number): boolean {
    return this.#next + slotBytes(values) > BYTES;
  }

  /** Puts values down as the fields (`rows: u32`) say and gives the place to bind. */
  place(fields: readonly string[], values: readonly number[]): GPUBufferBinding {
    const offset = this.#next;
    const size = slotBytes(fields.length);
    fields.forEach((field, i) => {
      const value = values[i] ?? 0;
      if (field.endsWith('f32')) this.#bytes.setFloat32(offset + 4 * i, value, true);
      else if (field.endsWith('u32')) this.#bytes.setUint32(offset + 4 * i, value, true);
      else this.#bytes.setInt32(offset + 4 * i, value, true);
    });
    this.#next = Math.ceil((offset + size) / this.#stride) * this.#stride;
    return { buffer: this.#buffer, offset, size };
  }

  flush(): void {
    if (this.#next > 0) this.#queue.writeBuffer(this.#buffer, 0, this.#bytes.buffer, 0, Math.min(this.#next, BYTES));
    this.#next = 0;
  }
}

/** A struct of 4-byte fields is bound in multiples of 16 bytes. */
function slotBytes(values: number): number {
  return Math.ceil(values / 4) * 16;
}

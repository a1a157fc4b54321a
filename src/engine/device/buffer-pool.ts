/**
 * The buffers of tfjs's WebGPU backend, in place of its own pool, which keeps every size it ever saw and never gives
 * one back.
 *
 * What is kept: a free buffer is taken again for tensors of about its size; all buffers together are at most a tenth
 * more than what was once in use at the same time, and the one that was free longest goes first.
 * Obligations: a buffer that commands not yet submitted may use is not destroyed (the submit would be invalid; after
 * it, destroying is allowed). tfjs takes `buffer.size` for the size of the tensor: a larger buffer is made to say what
 * was asked for. Buffers that are mapped for reading are read whole: they have exactly their size.
 */
import { AppError } from '../../core/errors';
import type { BufferManager } from './tfjs-webgpu';

/** Bytes of the pool: asked for by tensors that live, held on the device, and the most held since `resetPeak`. */
export interface DeviceBytes {
  used: number;
  allocated: number;
  peak: number;
}

interface FreeBuffer {
  buffer: GPUBuffer;
  capacity: number;
  usage: number;
  /** Submits before it was released: at that count, commands not yet submitted may use it. */
  releasedAt: number;
}

/** Of all buffers together over the most that was in use at the same time. */
const SPARE = 1.1;
/** How much larger than needed a buffer may be that is taken again. */
const FIT = 1.25;
/** Buffers grow in steps of an eighth of their power of two, at least of this. */
const SMALLEST = 256;

export class BufferPool implements BufferManager {
  readonly #device: GPUDevice;
  /** A tensor's usage in tfjs. */
  readonly #tensorUsage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  readonly #inUse = new Map<GPUBuffer, { size: number; capacity: number; usage: number }>();
  /** In the order of their release. */
  #free: FreeBuffer[] = [];
  #submits = 0;
  #used = 0;
  #inUseCapacity = 0;
  #mostInUse = 0;
  #allocated = 0;
  #peak = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get numBytesUsed(): number {
    return this.#used;
  }

  get numBytesAllocated(): number {
    return this.#allocated;
  }

  get bytes(): DeviceBytes {
    return { used: this.#used, allocated: this.#allocated, peak: this.#peak };
  }

  resetPeak(): void {
    this.#peak = this.#allocated;
  }

  /** Throws `out-of-memory` for what the device does not allow in one buffer. */
  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GPUBuffer {
    this.#refuseTooLarge(size, usage);
    const forTensor = usage === this.#tensorUsage;
    const capacity = forTensor ? Math.min(roundedUp(size), this.#mostBytes(usage)) : size;
    const kept = reuse ? this.#take(capacity, usage, forTensor ? FIT : 1) : undefined;
    const { buffer, capacity: held } = kept ?? { buffer: this.#create(capacity, usage, mappedAtCreation), capacity };
    if (forTensor) Object.defineProperty(buffer, 'size', { value: size, configurable: true });
    this.#inUse.set(buffer, { size, capacity: held, usage });
    this.#used += size;
    this.#inUseCapacity += held;
    this.#mostInUse = Math.max(this.#mostInUse, this.#inUseCapacity);
    return buffer;
  }

  /** Without `reuse` it is destroyed at once: then no command may wait that uses it. */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    const held = this.#inUse.get(buffer);
    if (held === undefined) return; // the pool was disposed meanwhile
    this.#inUse.delete(buffer);
    this.#used -= held.size;
    this.#inUseCapacity -= held.capacity;
    if (reuse) {
      this.#free.push({ buffer, capacity: held.capacity, usage: held.usage, releasedAt: this.#submits });
    } else {
      buffer.destroy();
      this.#allocated -= held.capacity;
    }
  }

  /** To be called after each submit: whatever is free by now may be destroyed from now on. */
  submitted(): void {
    this.#submits++;
    this.#makeRoom(0);
  }

  /** Destroys what is free, after a submit, and forgets how much there once was: when memory ran out. */
  shrink(): void {
    this.#mostInUse = 0;
    this.#makeRoom(Infinity);
    this.#mostInUse = this.#inUseCapacity;
  }

  getNumUsedBuffers(): number {
    return this.#inUse.size;
  }

  getNumFreeBuffers(): number {
    return this.#free.length;
  }

  dispose(): void {
    for (const { buffer } of this.#free) buffer.destroy();
    for (const buffer of this.#inUse.keys()) buffer.destroy();
    this.#free = [];
    this.#inUse.clear();
    this.#used = this.#inUseCapacity = this.#mostInUse = this.#allocated = 0;
  }

  /** The free buffer that fits best, of equal ones the last released: the others may grow old. */
  #take(capacity: number, usage: number, fit: number): FreeBuffer | undefined {
    let best = -1;
    let smallest = capacity * fit;
    for (const [i, free] of this.#free.entries()) {
      if (free.usage !== usage || free.capacity < capacity || free.capacity > smallest) continue;
      best = i;
      smallest = free.capacity;
    }
    return best < 0 ? undefined : this.#free.splice(best, 1)[0];
  }

  #create(capacity: number, usage: number, mappedAtCreation: boolean): GPUBuffer {
    this.#makeRoom(capacity);
    let buffer: GPUBuffer;
    try {
      buffer = this.#device.createBuffer({ size: capacity, usage, mappedAtCreation });
    } catch (error) {
      // Only a mapped buffer throws, and only when there is no memory for it; the others report on the side.
      if (!(error instanceof RangeError)) throw error;
      throw new AppError('out-of-memory', 'There is no memory left for the GPU. Choose a smaller batch.', {
        cause: error,
        details: { bytes: capacity },
      });
    }
    this.#allocated += capacity;
    this.#peak = Math.max(this.#peak, this.#allocated);
    return buffer;
  }

  /** Destroys free buffers, oldest first, until `capacity` more bytes are within what may be held. */
  #makeRoom(capacity: number): void {
    const most = SPARE * Math.max(this.#mostInUse, Number.isFinite(capacity) ? this.#inUseCapacity + capacity : 0);
    let count = 0;
    for (const { buffer, capacity: freed, releasedAt } of this.#free) {
      if (this.#allocated + capacity <= most || releasedAt === this.#submits) break;
      buffer.destroy();
      this.#allocated -= freed;
      count++;
    }
    this.#free.splice(0, count);
  }

  #mostBytes(usage: number): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    return (usage & GPUBufferUsage.STORAGE) === 0
      ? maxBufferSize
      : Math.min(maxBufferSize, Math.floor(maxStorageBufferBindingSize / 4) * 4);
  }

  #refuseTooLarge(size: number, usage: number): void {
    const limit = this.#mostBytes(usage);
    if (size <= limit) return;
    throw new AppError(
      'out-of-memory',
      `A buffer of ${mebibytes(size)} is needed and this GPU allows ${mebibytes(limit)} in one piece. A batch of ` +
        `at most ${Math.floor((100 * limit) / size)} % of this one, or texts so much shorter, would fit.`,
      { details: { bytes: size, limit } },
    );
  }
}

function roundedUp(size: number): number {
  const step = Math.max(SMALLEST, 2 ** (Math.floor(Math.log2(Math.max(size, 1))) - 3));
  return Math.max(step, Math.ceil(size / step) * step);
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MiB`;
}

/**
 * The buffers of tfjs's WebGPU backend, in place of its own pool, which keeps every size it ever saw and never gives
 * one back.
 *
 * What is kept: all buffers together are at most `SPARE` of what tensors once asked for at the same time. Within that, a
 * free buffer is taken again for a tensor of about its size; once it is used up, for any that is not far too small, and
 * only then the buffer that was free longest is destroyed for a new one. Found by replaying the buffers of 600 steps of
 * mixed lengths: tfjs's own pool grew to 4.9 times of what was in use at most, this one to 1.15, with less than 1 % of
 * the bytes of a step made anew.
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
  /** Given at its making, see `#takeUpTo`. */
  number: number;
  /** Submits before it was released: at that count, commands not yet submitted may use it. */
  releasedAt: number;
}

/** All buffers together over the most that was asked for at the same time. */
const SPARE = 1.15;
/** How much larger than needed a buffer may be that is taken again, and when no more may be made. */
const FIT = 1.5;
const LOOSE_FIT = 16;
/** Bytes that may always be held beyond what was asked for: to save those is not worth making small buffers anew. */
const LITTLE = 16 * 2 ** 20;
/** Buffers grow in steps of an eighth of their power of two, at least of this. */
const SMALLEST = 256;

export class BufferPool implements BufferManager {
  readonly #device: GPUDevice;
  readonly #little: number;
  /** A tensor's usage in tfjs. */
  readonly #tensorUsage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  readonly #inUse = new Map<GPUBuffer, { size: number; capacity: number; usage: number; number: number }>();
  /** In the order of their release. */
  #free: FreeBuffer[] = [];
  #submits = 0;
  #made = 0;
  #used = 0;
  #mostUsed = 0;
  #allocated = 0;
  #peak = 0;

  constructor(device: GPUDevice, little = LITTLE) {
    this.#device = device;
    this.#little = little;
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
    const kept = reuse ? this.#take(size, capacity, usage) : undefined;
    const held = kept ?? {
      buffer: this.#create(size, capacity, usage, mappedAtCreation),
      capacity,
      number: this.#made++,
    };
    const { buffer } = held;
    if (forTensor) Object.defineProperty(buffer, 'size', { value: size, configurable: true });
    this.#inUse.set(buffer, { size, capacity: held.capacity, usage, number: held.number });
    this.#used += size;
    this.#mostUsed = Math.max(this.#mostUsed, this.#used);
    return buffer;
  }

  /** Without `reuse` it is destroyed at once: then no command may wait that uses it. */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    const held = this.#inUse.get(buffer);
    if (held === undefined) return; // the pool was disposed meanwhile
    this.#inUse.delete(buffer);
    this.#used -= held.size;
    if (reuse) {
      const { capacity, usage, number } = held;
      this.#free.push({ buffer, capacity, usage, number, releasedAt: this.#submits });
    } else {
      buffer.destroy();
      this.#allocated -= held.capacity;
    }
  }

  /** To be called after each submit: whatever is free by now may be destroyed from now on. */
  submitted(): void {
    this.#submits++;
    this.#makeRoom(this.#budget(0));
  }

  /** Destroys what is free, after a submit, and forgets how much there once was: when memory ran out. */
  shrink(): void {
    this.#makeRoom(0);
    this.#mostUsed = this.#used;
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
    this.#used = this.#mostUsed = this.#allocated = 0;
  }

  #take(size: number, capacity: number, usage: number): FreeBuffer | undefined {
    if (usage !== this.#tensorUsage) return this.#takeUpTo(capacity, capacity, usage);
    const fitting = this.#takeUpTo(FIT * capacity, capacity, usage);
    if (fitting !== undefined || this.#allocated + capacity <= this.#budget(size)) return fitting;
    return this.#takeUpTo(LOOSE_FIT * capacity, capacity, usage);
  }

  /**
   * The free buffer that fits best, of equal ones the one made first: the others may grow old. By that order, and not
   * by that of releases, a step that begins with the same free buffers takes the same ones for the same tensors, so
   * that its bind groups are there already.
   */
  #takeUpTo(most: number, capacity: number, usage: number): FreeBuffer | undefined {
    let best = -1;
    let smallest = most;
    let first = Infinity;
    for (const [i, free] of this.#free.entries()) {
      if (free.usage !== usage || free.capacity < capacity || free.capacity > smallest) continue;
      if (free.capacity === smallest && free.number > first) continue;
      best = i;
      smallest = free.capacity;
      first = free.number;
    }
    return best < 0 ? undefined : this.#free.splice(best, 1)[0];
  }

  #create(size: number, capacity: number, usage: number, mappedAtCreation: boolean): GPUBuffer {
    this.#makeRoom(this.#budget(size) - capacity);
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

  /** Bytes that all buffers may have with `size` more asked for. */
  #budget(size: number): number {
    const asked = Math.max(this.#mostUsed, this.#used + size);
    return Math.max(SPARE * asked, asked + this.#little);
  }

  /** Destroys free buffers, oldest first, until all have at most `bytes`. */
  #makeRoom(bytes: number): void {
    let count = 0;
    for (const { buffer, capacity, releasedAt } of this.#free) {
      if (this.#allocated <= bytes || releasedAt === this.#submits) break;
      buffer.destroy();
      this.#allocated -= capacity;
      count++;
    }
    this.#free.splice(0, count);
  }

  #mostBytes(usage: number): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    return (usage & GPUBufferUsage.STORAGE) === 0
      ? maxBufferSize
      : // Kernels bind whole vec4s: see `bindingOf` in gpu.ts.
        Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / 16) * 16;
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

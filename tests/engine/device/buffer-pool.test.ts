import { beforeEach, describe, expect, test } from 'vitest';
import { BufferPool } from '../../../src/engine/device/buffer-pool';

const MIB = 2 ** 20;
/** As in WebGPU; Node has no such global until a driver is loaded. */
const USAGE = { MAP_READ: 1, MAP_WRITE: 2, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 };
const TENSOR = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;

/** A device that makes buffers of nothing. */
class FakeDevice {
  readonly limits = { maxBufferSize: 256 * MIB, maxStorageBufferBindingSize: 128 * MIB };
  readonly destroyed: FakeBuffer[] = [];
  made = 0;

  createBuffer({ size, usage }: { size: number; usage: number }): FakeBuffer {
    this.made++;
    return new FakeBuffer(this, size, usage);
  }
}

class FakeBuffer {
  readonly capacity: number;
  readonly #size: number;

  constructor(
    readonly device: FakeDevice,
    size: number,
    readonly usage: number,
  ) {
    this.#size = size;
    this.capacity = size;
  }

  /** On the prototype, as in a browser. */
  get size(): number {
    return this.#size;
  }

  destroy(): void {
    this.device.destroyed.push(this);
  }
}

let device: FakeDevice;
let pool: BufferPool;
beforeEach(() => {
  Object.assign(globalThis, { GPUBufferUsage: USAGE });
  device = new FakeDevice();
  pool = new BufferPool(device as unknown as GPUDevice, 0);
});

const acquire = (size: number, usage = TENSOR) => pool.acquireBuffer(size, usage);

describe('BufferPool', () => {
  test('a buffer says the size that was asked for, also when it is a larger one', () => {
    const first = acquire(10_000);
    expect(first.size).toBe(10_000);
    pool.releaseBuffer(first);
    const again = acquire(9_300);
    expect(again).toBe(first);
    expect(again.size).toBe(9_300);
    expect(pool.bytes.used).toBe(9_300);
  });

  test('what does not fit well is not taken as long as there is room, and never for another usage', () => {
    acquire(MIB);
    const first = acquire(10_000);
    pool.releaseBuffer(first);
    expect(acquire(5_000)).not.toBe(first);
    expect(acquire(20_000)).not.toBe(first);
    expect(acquire(10_000, USAGE.UNIFORM | USAGE.COPY_DST)).not.toBe(first);
  });

  test('a buffer that is mapped for reading has exactly its size: it is read whole', () => {
    const reading = USAGE.MAP_READ | USAGE.COPY_DST;
    const first = acquire(10_000, reading);
    pool.releaseBuffer(first);
    expect(acquire(9_996, reading)).not.toBe(first);
    expect(acquire(10_000, reading)).toBe(first);
  });

  test('no tensor has a buffer that another one has', () => {
    const held = new Set(Array.from({ length: 50 }, () => acquire(4_096)));
    expect(held.size).toBe(50);
    for (const buffer of held) pool.releaseBuffer(buffer);
    expect(new Set(Array.from({ length: 50 }, () => acquire(4_000))).size).toBe(50);
    expect(device.made).toBe(50);
  });

  test('holds little more than was once in use together, whatever sizes come, and makes few anew', () => {
    let most = 0;
    let early = 0;
    for (let round = 0; round < 400; round++) {
      // A few lasting sizes, and as many that grow with a batch: forward they add up, backward they go one by one.
      const size = (8 + ((round * 7919) % 56)) * 4_096;
      const held = Array.from({ length: 12 }, () => [acquire(size), acquire(size / 2), acquire(3 * size)]);
      most = Math.max(most, pool.bytes.used);
      const gradients = held.map((buffers) => {
        pool.submitted();
        const gradient = acquire(100_000);
        buffers.forEach((buffer) => pool.releaseBuffer(buffer));
        return gradient;
      });
      gradients.forEach((buffer) => pool.releaseBuffer(buffer));
      pool.submitted();
      if (round === 200) early = device.made;
    }
    expect(pool.bytes.peak).toBeLessThan(1.5 * most);
    expect((device.made - early) / 200).toBeLessThan(0.15 * 48);
  });

  test('once what may be held is used up, a larger one is taken before another is made', () => {
    const held = [acquire(4 * MIB), acquire(MIB), acquire(MIB)];
    for (const buffer of held) pool.releaseBuffer(buffer);
    pool.submitted();
    const small = [acquire(MIB), acquire(MIB), acquire(MIB)];
    expect(device.made).toBe(3);
    expect(small).toContain(held[0]);
    expect(small.map(({ size }) => size)).toEqual([MIB, MIB, MIB]);
  });

  test('a few bytes more are held without asking: then nothing is made anew', () => {
    pool = new BufferPool(device as unknown as GPUDevice);
    const sizes = Array.from({ length: 200 }, (_, i) => (1 + ((i * 7919) % 60)) * 1_024);
    const rounds = (): number => {
      for (const size of sizes) {
        pool.releaseBuffer(acquire(size));
        pool.submitted();
      }
      return device.made;
    };
    expect(rounds()).toBe(rounds());
    expect(device.destroyed).toEqual([]);
  });

  test('the longest unused goes first', () => {
    const sizes = [1_000_000, 2_000_000, 3_000_000];
    const [old, middle, young] = sizes.map((size) => acquire(size));
    for (const buffer of [middle, young, old]) if (buffer) pool.releaseBuffer(buffer);
    pool.submitted();
    acquire(4_000_000);
    expect(device.destroyed).toEqual([middle, young]);
    expect(device.destroyed).not.toContain(old);
  });

  test('destroys nothing that commands not yet submitted may use', () => {
    for (const size of [1_000_000, 2_000_000, 3_000_000, 5_000_000, 9_000_000]) pool.releaseBuffer(acquire(size));
    expect(device.destroyed).toEqual([]);
    pool.submitted();
    expect(device.destroyed.length).toBeGreaterThan(0);
    expect(pool.bytes.allocated).toBeLessThan(1.2 * 9_000_000);
  });

  test('gives everything free back on request, and forgets how much there was', () => {
    const kept = acquire(MIB);
    for (const buffer of [acquire(8 * MIB), acquire(9 * MIB)]) pool.releaseBuffer(buffer);
    pool.submitted();
    pool.shrink();
    expect(pool.bytes).toMatchObject({ used: MIB, allocated: MIB });
    expect(device.destroyed).not.toContain(kept);
    pool.resetPeak();
    expect(pool.bytes.peak).toBe(MIB);
  });

  test('refuses a buffer over the limit before the device is asked, and says what would fit', () => {
    expect(() => acquire(200 * MIB)).toThrow(
      expect.objectContaining({
        code: 'out-of-memory',
        message: expect.stringContaining('200 MiB is needed and this GPU allows 128 MiB'),
        details: { bytes: 200 * MIB, limit: 128 * MIB },
      }),
    );
    expect(() => acquire(200 * MIB)).toThrow('at most 64 %');
    expect(device.made).toBe(0);
    expect(acquire(128 * MIB).size).toBe(128 * MIB);
    expect(acquire(200 * MIB, USAGE.MAP_READ | USAGE.COPY_DST).size).toBe(200 * MIB);
  });

  test('what a kernel binds as whole vec4s fits the limit too', () => {
    device.limits.maxStorageBufferBindingSize = MIB - 4;
    expect(() => acquire(MIB - 8)).toThrow(expect.objectContaining({ details: { bytes: MIB - 8, limit: MIB - 16 } }));
    expect((acquire(MIB - 16) as unknown as FakeBuffer).capacity).toBe(MIB - 16);
  });

  test('no memory for a mapped buffer is out of memory', () => {
    device.createBuffer = () => {
      throw new RangeError('createBuffer failed');
    };
    expect(() => pool.acquireBuffer(64, TENSOR, true)).toThrow(expect.objectContaining({ code: 'out-of-memory' }));
  });

  test('destroys all when disposed', () => {
    const held = acquire(100);
    pool.releaseBuffer(acquire(50_000));
    pool.dispose();
    expect(device.destroyed).toHaveLength(2);
    pool.releaseBuffer(held);
    expect(pool.getNumFreeBuffers()).toBe(0);
    expect(pool.getNumUsedBuffers()).toBe(0);
  });
});

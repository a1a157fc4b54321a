import { describe, expect, test } from 'vitest';
import { CHECKPOINT_VERSION, decodeFit, encodeFit } from '../../../src/core/run/checkpoint-bytes';
import type { FitState } from '../../../src/core/run/checkpoint';
import { sampleFit } from '../../helpers/checkpoint';

const bits = (state: FitState) =>
  [...state.weights, ...(state.best ?? [])].map(([name, { values }]) => [name, [...new Uint32Array(values.buffer)]]);

describe('a fit as bytes', () => {
  test('comes back to the bit: −0, NaN with its payload, subnormals, and numbers that JSON does not know', () => {
    const state = sampleFit({ watched: { bestLoss: Infinity, bestStep: 0, bestEpoch: -0 } });
    const odd = new Float32Array(Uint32Array.of(0x80000000, 0x7fc00001, 1, 0xff800000).buffer);
    state.weights.set('odd', { shape: [2, 2], values: odd });
    const back = decodeFit(encodeFit(state));
    expect(back).toEqual(state);
    expect(bits(back)).toEqual(bits(state));
    expect([...new Uint32Array((back.weights.get('odd')?.values ?? odd.slice(4)).buffer)]).toEqual([
      0x80000000, 0x7fc00001, 1, 0xff800000,
    ]);
  });

  test('is the same whatever the cut into shards, and no shard is larger than asked for', () => {
    const state = sampleFit();
    for (const shardBytes of [4, 64, 1000, 1 << 20]) {
      const shards = encodeFit(state, shardBytes);
      expect(Math.max(...shards.map(({ length }) => length))).toBeLessThanOrEqual(shardBytes);
      // A database clones the whole buffer behind a view.
      for (const shard of shards) expect(shard.buffer.byteLength).toBe(shard.length);
      expect(decodeFit(shards)).toEqual(state);
    }
  });

  test('without a best, without moments, with values inside a larger buffer', () => {
    const values = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const state = sampleFit({ best: null, weights: new Map([['a', { shape: [2], values }]]) });
    state.optimizer = { step: 0, moments: new Map() };
    const back = decodeFit(encodeFit(state));
    expect(back.best).toBeNull();
    expect(back.weights.get('a')?.values).toEqual(Float32Array.of(1, 2));
    expect(decodeFit(encodeFit({ ...state, best: new Map() })).best).toEqual(new Map());
  });

  test.each([
    ['cut off', (bytes: Uint8Array) => bytes.slice(0, -4)],
    ['with a shard too many', (bytes: Uint8Array) => Uint8Array.of(...bytes, 0, 0, 0, 0)],
    ['of something else', (bytes: Uint8Array) => bytes.map((byte, i) => (i === 0 ? 0 : byte))],
    ['with a header that is not JSON', (bytes: Uint8Array) => bytes.map((byte, i) => (i === 16 ? 0 : byte))],
    ['that is empty', () => new Uint8Array()],
  ])('bytes %s are a damaged checkpoint, never a wrong state', (_, spoil) => {
    const [whole = new Uint8Array()] = encodeFit(sampleFit());
    expect(() => decodeFit([spoil(whole)])).toThrow(expect.objectContaining({ code: 'checkpoint-damaged' }));
  });

  test('another version is refused as foreign, with both numbers', () => {
    const [bytes = new Uint8Array()] = encodeFit(sampleFit());
    bytes[8] = CHECKPOINT_VERSION + 1;
    expect(() => decodeFit([bytes])).toThrow(
      expect.objectContaining({
        code: 'checkpoint-foreign',
        details: { version: CHECKPOINT_VERSION + 1, expected: CHECKPOINT_VERSION },
      }),
    );
  });

  test('a header that lacks a figure, or has one that cannot be, names it', () => {
    for (const [was, is, told] of [
      ['"looked":10', '"looked":-1', /looked/],
      ['"setbacks":1', '"setbacks":x', /header is not JSON/],
      ['"group":"best"', '"group":"bust"', /arrays\.\d+\.group/],
      ['"hasBest":true', '"hasBets":true', /hasBest/],
    ] as const) {
      const [whole = new Uint8Array()] = encodeFit(sampleFit());
      const text = Array.from(whole, (byte) => String.fromCharCode(byte)).join('');
      expect(text).toContain(was);
      // As long as before, so that all else stays in its place.
      const spoilt = text.replace(was, is.padEnd(was.length));
      const bytes = Uint8Array.from(spoilt, (letter) => letter.charCodeAt(0));
      expect(() => decodeFit([bytes])).toThrow(
        expect.objectContaining({ code: 'checkpoint-damaged', message: expect.stringMatching(told) }),
      );
    }
  });

  test('a damage says what it is: cut off by how much, left over how much', () => {
    const [whole = new Uint8Array()] = encodeFit(sampleFit());
    expect(() => decodeFit([whole.slice(0, -4)])).toThrow(/it ends 4 bytes too early/);
    expect(() => decodeFit([whole, new Uint8Array(8)])).toThrow(/8 bytes are left over/);
    expect(() => decodeFit([whole.map((byte, i) => (i === 3 ? 0 : byte))])).toThrow(/does not begin as a checkpoint/);
  });

  test('it begins with eight letters, the version and a header whose length is a multiple of four', () => {
    const [whole = new Uint8Array()] = encodeFit(sampleFit());
    expect(new TextDecoder().decode(whole.subarray(0, 8))).toBe('HONEFIT\n');
    const view = new DataView(whole.buffer);
    expect(view.getUint32(8, true)).toBe(CHECKPOINT_VERSION);
    const length = view.getUint32(12, true);
    expect(length % 4).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(whole.subarray(16, 16 + length)))).toMatchObject({ part: 'fold 1' });
    // Three matrices of six values and four of two, weights, moments and best.
    expect(whole.length).toBe(16 + length + 4 * (3 * 6 + 4 * 2));
  });
});

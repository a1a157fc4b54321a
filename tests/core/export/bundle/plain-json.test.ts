import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { fromPlainJson, toPlainJson } from '../../../../src/core/export/bundle/plain-json';
import fc from '../../../helpers/fast-check';

const number = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0, 0.1 + 0.2));
const list = fc.array(number, { maxLength: 4 }).map((values) => Float32Array.from(values));
const key = fc.oneof(
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', '$list', '$number', '$tensor', '$object', 'of'),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    number,
    list,
    fc.string({ unit: 'binary' }),
    fc.constantFrom(null, true, Int32Array.of(-1, 7), Uint8Array.of(255)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries) as object),
  ),
}));

test('every plain value comes back as it was: lists of numbers, −0, labels called «__proto__» or «$list»', () => {
  fc.assert(
    fc.property(value, (one) => {
      // Not `toStrictEqual`, which asks a key «constructor» for the type.
      expect(isDeepStrictEqual(fromPlainJson(toPlainJson(one)), one)).toBe(true);
    }),
  );
});

test('float32 lists may stand elsewhere, under names that say where they are, in the shape beside them', () => {
  const put: [string, readonly number[]][] = [];
  const found = new Map<string, Float32Array<ArrayBuffer>>();
  const model = {
    head: { weight: Float32Array.of(1, 2) },
    encoder: [{ name: 'layer.0', shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }],
    counts: Int32Array.of(3),
  };
  const text = toPlainJson(model, {
    put(path, values, shape) {
      const name = path.join('/');
      put.push([name, shape]);
      found.set(name, Float32Array.from(values));
      return name;
    },
  });
  expect(put).toEqual([
    ['head/weight', [2]],
    ['encoder/layer.0', [2, 2]],
  ]);
  expect(text).not.toContain('4');
  expect(fromPlainJson(text, (name) => found.get(name) ?? expect.fail(name))).toStrictEqual(model);
  expect(() => fromPlainJson(text)).toThrow(SyntaxError);
});

test('what is no plain value is refused instead of being lost', () => {
  for (const odd of [new Map([[1, 2]]), new Date(0), () => 1, 3n])
    expect(() => toPlainJson({ a: [odd] })).toThrow(TypeError);
  for (const text of ['{"$list":"float64","of":[]}', '{"$list":"int32"}', '{"$object":3}', '{"$object":[3]}']) {
    expect(() => fromPlainJson(text)).toThrow(SyntaxError);
  }
});

/**
 * Protocol buffers' wire format, as far as ONNX needs it: whole numbers from 0 on (varints), float32, and runs of bytes, among
 * which are texts and messages (protobuf.dev/programming-guides/encoding). Messages are written inside out, since each stands
 * behind its length; they are read field by field, and what is long stays in the file.
 */
import type { ByteSource } from './byte-source';
import { damagedFile } from './stored-tensor';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A whole number as a varint. Throws RangeError for one that is negative or beyond what a double counts. */
export function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no whole number from 0 on.`);
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.of(...bytes, rest);
}

/** A field with a whole number. */
export function numberField(field: number, value: number): Uint8Array {
  return joined([key(field, VARINT), varint(value)]);
}

/** A field with a float32. */
export function floatField(field: number, value: number): Uint8Array {
  return joined([key(field, FIXED32), new Uint8Array(Float32Array.of(value).buffer)]);
}

/** A field with a text. */
export function textField(field: number, text: string): Uint8Array {
  return messageField(field, new TextEncoder().encode(text));
}

/** A field with a message, given by its fields. */
export function messageField(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return joined([lengthField(field, lengthOf(parts)), ...parts]);
}

/** A field with several whole numbers, packed. */
export function numbersField(field: number, values: readonly number[]): Uint8Array {
  return messageField(field, ...values.map(varint));
}

/** What stands before so many bytes of a field. */
export function lengthField(field: number, bytes: number): Uint8Array {
  return joined([key(field, BYTES), varint(bytes)]);
}

/** Runs of bytes, one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function key(field: number, wire: number): Uint8Array {
  return varint(field * 8 + wire);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** A field of a message that is read. */
export type ReadField =
  | { field: number; kind: 'number'; value: number }
  | { field: number; kind: 'float'; value: number }
  /** Where its bytes stand. */
  | { field: number; kind: 'bytes'; from: number; to: number };

/** A key and a length have at most so many bytes each. */
const HEAD = 20;

/** The fields of the message from `from` to `to`. Throws `model-damaged`. */
export async function* readFields(source: ByteSource, from = 0, to = source.size): AsyncGenerator<ReadField> {
  for (let at = from; at < to;) {
    const head = await source.read(at, Math.min(to, at + HEAD));
    let place = 0;
    const next = (): number => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = head[place++];
        if (byte === undefined || factor > 2 ** 49)
          throw damagedFile(source.file, `a number at byte ${at} does not end`);
        value += (byte & 127) * factor;
        if (byte < 128) return value;
      }
    };
    const tag = next();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === VARINT) {
      yield { field, kind: 'number', value: next() };
      at += place;
    } else if (wire === FIXED32) {
      const view = new DataView(head.buffer, head.byteOffset, head.length);
      if (place + 4 > head.length) throw damagedFile(source.file, `it ends within the field at byte ${at}`);
      yield { field, kind: 'float', value: view.getFloat32(place, true) };
      at += place + 4;
    } else if (wire === BYTES) {
      const length = next();
      const start = at + place;
      if (start + length > to) throw damagedFile(source.file, `the field at byte ${at} reaches beyond its message`);
      yield { field, kind: 'bytes', from: start, to: start + length };
      at = start + length;
    } else if (wire === FIXED64) {
      at += place + 8;
    } else {
      throw damagedFile(source.file, `the field at byte ${at} is of the unknown kind ${wire}`);
    }
  }
}

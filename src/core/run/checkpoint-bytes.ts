/**
 * The state of a fit as bytes and back, to the bit. In order: the eight letters «HONEFIT\n», two 32-bit numbers
 * (version, length of the header), the header as JSON filled with spaces to a multiple of four, then all values
 * as float32, little-endian as every machine with a browser is, in the order in which the header lists them.
 */
import * as v from 'valibot';
import { AppError } from '../errors';
import type { FitState, NamedArrays } from './checkpoint';

/** Goes up whenever the bytes or their meaning change: an older one cannot be gone on from. */
export const CHECKPOINT_VERSION = 1;

/** A database keeps many small values better than a large one, and a torn shard is found by its own hash. */
export const SHARD_BYTES = 16 * 2 ** 20;

const MAGIC = new TextEncoder().encode('HONEFIT\n');
const PREFIX_BYTES = MAGIC.length + 8;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** JSON has neither infinities nor NaN nor −0: these go as their names. */
const number = v.union([
  v.number(),
  v.pipe(
    v.object({ number: v.picklist(['Infinity', '-Infinity', 'NaN', '-0']) }),
    v.transform(({ number }) => Number(number)),
  ),
]);
const headerSchema = v.object({
  part: v.string(),
  fold: count,
  step: count,
  looked: count,
  over: v.boolean(),
  points: count,
  workedMs: number,
  optimizerStep: count,
  hasBest: v.boolean(),
  watched: v.object({ bestLoss: number, bestStep: number, bestEpoch: number }),
  stepTokens: number,
  divergence: v.object({
    smoothLoss: v.nullable(number),
    bestLoss: v.nullable(number),
    setbacks: count,
    rateFactor: number,
  }),
  arrays: v.array(
    v.object({
      group: v.picklist(['weights', 'best', 'first', 'second']),
      name: v.string(),
      shape: v.array(count),
      length: count,
    }),
  ),
});
type Entry = v.InferOutput<typeof headerSchema>['arrays'][number];

/** The state in shards of at most `shardBytes` (a multiple of 4), each in a buffer of its own. */
export function encodeFit(state: FitState, shardBytes = SHARD_BYTES): Uint8Array<ArrayBuffer>[] {
  const arrays: { entry: Entry; values: Float32Array }[] = [];
  const add = (group: Entry['group'], name: string, shape: number[], values: Float32Array): void => {
    arrays.push({ entry: { group, name, shape, length: values.length }, values });
  };
  for (const [name, { shape, values }] of state.weights) add('weights', name, shape, values);
  for (const [name, { shape, values }] of state.best ?? []) add('best', name, shape, values);
  for (const [name, { first, second }] of state.optimizer.moments) {
    add('first', name, [first.length], first);
    add('second', name, [second.length], second);
  }
  const { weights: _w, best, optimizer, ...plain } = state;
  const rest = { optimizerStep: optimizer.step, hasBest: best !== null, arrays: arrays.map(({ entry }) => entry) };
  const header = headerBytes({ ...plain, ...rest });
  const total = PREFIX_BYTES + header.length + 4 * arrays.reduce((sum, { entry }) => sum + entry.length, 0);
  const out = new ShardWriter(total, shardBytes);
  const prefix = new Uint8Array(PREFIX_BYTES);
  prefix.set(MAGIC);
  const view = new DataView(prefix.buffer);
  view.setUint32(MAGIC.length, CHECKPOINT_VERSION, true);
  view.setUint32(MAGIC.length + 4, header.length, true);
  out.write(prefix);
  out.write(header);
  for (const { values } of arrays) out.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return out.shards;
}

/** The state that `encodeFit` took; throws `checkpoint-damaged`, or `checkpoint-foreign` for another version. */
export function decodeFit(shards: readonly Uint8Array[]): FitState {
  const reader = new ShardReader(shards);
  const prefix = reader.take(PREFIX_BYTES);
  const view = new DataView(prefix.buffer);
  if (MAGIC.some((byte, i) => prefix[i] !== byte)) throw damaged('it does not begin as a checkpoint does');
  const version = view.getUint32(MAGIC.length, true);
  if (version !== CHECKPOINT_VERSION) {
    throw new AppError(
      'checkpoint-foreign',
      `The checkpoint has format ${version}, and this version of Hone goes on from format ${CHECKPOINT_VERSION} only.`,
      { details: { version, expected: CHECKPOINT_VERSION } },
    );
  }
  const header = parseHeader(reader.take(view.getUint32(MAGIC.length + 4, true)));
  const { optimizerStep, hasBest, arrays, ...plain } = header;
  const weights: NamedArrays = new Map();
  const best: NamedArrays = new Map();
  const first = new Map<string, Float32Array>();
  const moments: FitState['optimizer']['moments'] = new Map();
  for (const { group, name, shape, length } of arrays) {
    const values = new Float32Array(reader.take(4 * length).buffer);
    if (group === 'weights') weights.set(name, { shape, values });
    else if (group === 'best') best.set(name, { shape, values });
    else if (group === 'first') first.set(name, values);
    else moments.set(name, { first: first.get(name) ?? new Float32Array(), second: values });
  }
  if (reader.left > 0) throw damaged(`${reader.left} bytes are left over`);
  return { ...plain, weights, optimizer: { step: optimizerStep, moments }, best: hasBest ? best : null };
}

function headerBytes(header: object): Uint8Array {
  const plain = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? { number: Object.is(value, -0) ? '-0' : String(value) }
      : value;
  const json = new TextEncoder().encode(JSON.stringify(header, plain));
  const bytes = new Uint8Array(Math.ceil(json.length / 4) * 4).fill(0x20);
  bytes.set(json);
  return bytes;
}

function parseHeader(bytes: Uint8Array): v.InferOutput<typeof headerSchema> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw damaged('its header is not JSON', cause);
  }
  const parsed = v.safeParse(headerSchema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw damaged(`${v.getDotPath(issue) ?? 'the header'}: ${issue.message}`);
}

/** Fills shards of a fixed size one after the other. */
class ShardWriter {
  readonly shards: Uint8Array<ArrayBuffer>[];
  #shard = 0;
  #at = 0;

  constructor(total: number, shardBytes: number) {
    this.shards = Array.from(
      { length: Math.ceil(total / shardBytes) },
      (_, i) => new Uint8Array(Math.min(shardBytes, total - i * shardBytes)),
    );
  }

  write(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const shard = this.shards[this.#shard];
      if (shard === undefined) throw new AppError('internal', 'A checkpoint is longer than was counted.');
      const piece = bytes.subarray(from, from + shard.length - this.#at);
      shard.set(piece, this.#at);
      from += piece.length;
      this.#at += piece.length;
      if (this.#at === shard.length) {
        this.#shard++;
        this.#at = 0;
      }
    }
  }
}

/** Reads shards as one row of bytes. */
class ShardReader {
  readonly #shards: readonly Uint8Array[];
  #shard = 0;
  #at = 0;
  left: number;

  constructor(shards: readonly Uint8Array[]) {
    this.#shards = shards;
    this.left = shards.reduce((sum, { length }) => sum + length, 0);
  }

  /** The next bytes in a buffer of their own, so that they can be read as float32. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.left) throw damaged(`it ends ${length - this.left} bytes too early`);
    const bytes = new Uint8Array(length);
    for (let to = 0; to < length;) {
      const shard = this.#shards[this.#shard] ?? new Uint8Array();
      const piece = shard.subarray(this.#at, this.#at + length - to);
      bytes.set(piece, to);
      to += piece.length;
      this.#at += piece.length;
      if (this.#at === shard.length) {
        this.#shard++;
        this.#at = 0;
      }
    }
    this.left -= length;
    return bytes;
  }
}

function damaged(reason: string, cause?: unknown): AppError {
  return new AppError('checkpoint-damaged', `The checkpoint cannot be read: ${reason}.`, { cause });
}

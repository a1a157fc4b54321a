/**
 * One page: a template (made at the build, with everything that runs in it) and behind it a classifier, as a file that is not
 * written yet. What is passed on is the run's own model, whatever it is made of; only the type of its values is chosen.
 */
import type { PlannedFile } from '../../formats/planned-file';
import { packedTensor, tensorBytes } from '../../formats/planned-tensor';
import { bytesOfValues, type TensorTypeId } from '../../formats/tensor-types';
import { base85Length } from '../../formats/base85';
import type { ModelManifest } from '../../models/manifest';
import type { TrainedModel } from '../../run/trained-model';
import type { ModelTensors } from '../model-tensors';
import { detach } from './detached';
import type { PageFacts, PageIndex } from './page-index';
import { BLOCK_BYTES, blockPart, jsonPart, streamLength } from './page-parts';

/** An encoder as its files have it. */
export interface PageEncoder {
  manifest: ModelManifest;
  /** With what was trained in the place of what came. */
  tensors: ModelTensors;
  /** A tensor's own bytes, where it is as it came. */
  stored(name: string): Uint8Array;
  /** The text of tokenizer.json. */
  tokenizerJson: Uint8Array;
}

/** A classifier to be written into a page. */
export interface PageClassifier {
  facts: Omit<PageFacts, 'dtype'>;
  dtype: PageFacts['dtype'];
  /** As it was kept; what is in `trained` may be left out of its encoder. */
  kept: TrainedModel;
  first: string;
  encoders: readonly PageEncoder[];
  /** Names of the first encoder's tensors that are not as they came. */
  trained: readonly string[];
}

interface Stream {
  bytes: number;
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** The page up to its proof: `template` begins it. */
export function onePageFile(path: string, template: Uint8Array, classifier: PageClassifier): PlannedFile {
  const { facts, dtype, kept, first, encoders, trained } = classifier;
  const { encoder, ...model } = kept;
  // An adapter stands beside the weights; what was trained in their place stands among them.
  const { rest, rows } = detach({ ...model, encoder: encoder.filter(({ name }) => !trained.includes(name)) });
  const weights = encoders.map((one) => weightsOf(one, dtype, one.manifest.id === first ? trained : []));
  const streams: Stream[] = [
    ...encoders.flatMap(({ tokenizerJson }, i) => {
      const own = weights[i];
      return own === undefined ? [] : [own, { bytes: tokenizerJson.length, chunks: () => [tokenizerJson] }];
    }),
    {
      bytes: rows.reduce((sum, { byteLength }) => sum + byteLength, 0),
      chunks: () => rows.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
    },
  ];
  const index: PageIndex = {
    ...{ schema: 'hone.one-page', version: 1, ...facts, dtype, first, trained: [...trained], model: rest },
    encoders: weights.map(({ manifest }) => manifest),
    streams: streams.map(({ bytes }) => bytes),
  };
  const head = jsonPart('index', index);
  const begin = template.length > 0 && template.at(-1) !== 10 ? Uint8Array.of(10) : new Uint8Array();
  return {
    path,
    bytes:
      template.length + begin.length + head.length + streams.reduce((sum, { bytes }) => sum + streamLength(bytes), 0),
    async *chunks() {
      yield template;
      yield begin;
      yield head;
      for (const stream of streams) yield* blocks(stream);
    },
  };
}

/** Template, head and notices, about. */
const BESIDE_BYTES = 1_300_000;

/** About the bytes of a page with these encoders; `valueBytes` of one as it came. */
export function onePageBytes(
  encoders: readonly { parameters: number; tokenizerBytes: number; valueBytes: number }[],
  dtype: PageFacts['dtype'],
): number {
  const asked = dtype === 'int8' ? 34 / 32 : 2;
  const bytes = encoders.map(({ parameters, tokenizerBytes, valueBytes }) => {
    return parameters * Math.min(asked, valueBytes) + tokenizerBytes;
  });
  return BESIDE_BYTES + base85Length(bytes.reduce((sum, own) => sum + own, 0));
}

/** What ends the page: its proof. */
export function onePageEnd(parity: unknown): Uint8Array {
  const end = new TextEncoder().encode('</body></html>\n');
  const part = jsonPart('parity', parity);
  const all = new Uint8Array(part.length + end.length);
  all.set(part);
  all.set(end, part.length);
  return all;
}

async function* blocks({ chunks }: Stream): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of chunks()) {
    for (let from = 0; from < chunk.length;) {
      const some = chunk.subarray(from, from + BLOCK_BYTES - filled);
      block.set(some, filled);
      from += some.length;
      if ((filled += some.length) < BLOCK_BYTES) continue;
      yield blockPart(block);
      filled = 0;
    }
  }
  if (filled > 0) yield blockPart(block.subarray(0, filled));
}

/** An encoder's weights behind one another, and its manifest with their places. */
function weightsOf(
  { manifest, tensors, stored }: PageEncoder,
  dtype: PageFacts['dtype'],
  trained: readonly string[],
): Stream & { manifest: ModelManifest } {
  let bytes = 0;
  const chunks: (() => AsyncIterable<Uint8Array> | Iterable<Uint8Array>)[] = [];
  const entries = manifest.tensors.map(({ name, shape, dtype: own }) => {
    const type = typeOf(dtype, shape, own, trained.includes(name));
    const isAsItCame = type.id === own && !trained.includes(name);
    const planned = isAsItCame
      ? { name, shape, dtype: own, chunks: () => [stored(name)] }
      : packedTensor(name, shape, type.packed, (from, to) => tensors.lines(name, from, to));
    const entry = { name, shape, dtype: planned.dtype, byteOffset: bytes, byteLength: tensorBytes(planned) };
    bytes += entry.byteLength;
    chunks.push(planned.chunks);
    return entry;
  });
  // The blocks have checksums of their own: no hash of the whole is known before all of it is made.
  const shards = [{ file: 'weights', bytes, sha256: '0'.repeat(64) }];
  return {
    bytes,
    manifest: { ...manifest, tensors: entries, shards },
    async *chunks() {
      for (const own of chunks) yield* own();
    },
  };
}

/** What a tensor is stored as: as it came where that is no larger, since then it is the same to the bit. */
function typeOf(
  dtype: PageFacts['dtype'],
  shape: readonly number[],
  own: TensorTypeId,
  isTrained: boolean,
): { id: TensorTypeId; packed: 'float16' | 'q8_0' } {
  const width = shape.at(-1) ?? 1;
  const packed = dtype === 'int8' && shape.length > 1 && bytesOfValues('q8_0', width) !== null ? 'q8_0' : 'float16';
  const asked = bytesOfValues(packed, width) ?? Infinity;
  const isSmaller = !isTrained && (bytesOfValues(own, width) ?? Infinity) <= asked;
  return { id: isSmaller ? own : packed, packed };
}

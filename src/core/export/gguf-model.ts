/**
 * GGUF files for llama.cpp and what is built on it: a whole model in F16 or Q8_0, and an adapter. Metadata as
 * convert_hf_to_gguf.py and convert_lora_to_gguf.py of llama.cpp write it. Vectors stay in float32, as there.
 */
import { AppError } from '../errors';
import { ggufFile } from '../formats/gguf-writer';
import type { GgufValue } from '../formats/gguf-values';
import type { PackedTypeId } from '../formats/pack-values';
import type { PlannedFile } from '../formats/planned-file';
import { packedTensor, type PlannedTensor, type ReadLines } from '../formats/planned-tensor';
import { bytesOfValues } from '../formats/tensor-types';
import { type DecoderArchitecture, decoderArchitecture, type DecoderConfig } from '../models/decoder-config';
import { ggufName, lineOfGgufRow, turnedHeadSize } from '../models/gguf-names';
import { loraScaling } from '../models/lora';
import type { ExportedDecoder } from './merged-folder';
import type { LoraAdapter } from './model-tensors';
import { ggufTokenizer } from './tokenizer-files';

export type GgufModelType = 'float16' | 'q8_0';

/** `general.file_type` (llama.h, `llama_ftype`). */
const FILE_TYPES: Readonly<Record<GgufModelType | 'float32', number>> = { float32: 0, float16: 1, q8_0: 7 };

const uint = (value: number): GgufValue => ({ type: 'uint32', value });
const float = (value: number): GgufValue => ({ type: 'float32', value });
const text = (value: string): GgufValue => ({ type: 'string', value });

/** The whole model. Throws `model-unsupported` for a tokenizer that llama.cpp does not know. */
export function ggufModel(path: string, model: ExportedDecoder, type: GgufModelType): PlannedFile {
  const { config, tensors, tokenizer, card } = model;
  const architecture = decoderArchitecture(config);
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', text(architecture)],
    ['general.type', text('model')],
    ['general.name', text(card.title)],
    ...(card.licence === null ? [] : [['general.license', text(card.licence.toLowerCase())] as const]),
    ['general.file_type', uint(FILE_TYPES[type])],
    ['general.quantization_version', uint(2)],
    ...sizes(architecture, config),
    ...ggufTokenizer(tokenizer, config.vocabSize),
  ]);
  const planned = tensors.names.map((name): PlannedTensor => {
    const shape = tensors.shape(name);
    const lines: ReadLines = (from, to) => tensors.lines(name, from, to);
    const headSize = turnedHeadSize(architecture, config, name);
    return packedTensor(
      namedInGguf(name),
      shape,
      typeOf(shape, type),
      headSize === null ? lines : turned(lines, shape, headSize),
    );
  });
  return ggufFile(path, metadata, planned);
}

/** An adapter for `llama-cli --lora`; its B has the rows that its layer has there. */
export function ggufAdapter(
  path: string,
  { config, modules }: LoraAdapter,
  base: DecoderConfig,
  title: string,
): PlannedFile {
  const { rank } = config;
  const architecture = decoderArchitecture(base);
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', text(architecture)],
    ['general.type', text('adapter')],
    ['adapter.type', text('lora')],
    ['general.name', text(title)],
    ['general.file_type', uint(FILE_TYPES.float32)],
    // llama.cpp divides by the rank, whatever the scaling was.
    ['adapter.lora.alpha', float(loraScaling(config) * rank)],
  ]);
  const planned = modules.flatMap(({ path: layer, inputs, outputs, a, b }) => {
    const name = namedInGguf(`${layer}.weight`);
    const headSize = turnedHeadSize(architecture, base, `${layer}.weight`);
    const linesOfB: ReadLines = (from, to) => b.subarray(from * rank, to * rank);
    const shape = [outputs, rank];
    return [
      packedTensor(`${name}.lora_a`, [rank, inputs], 'float32', (from, to) => a.subarray(from * inputs, to * inputs)),
      packedTensor(
        `${name}.lora_b`,
        shape,
        'float32',
        headSize === null ? linesOfB : turned(linesOfB, shape, headSize),
      ),
    ];
  });
  return ggufFile(path, metadata, planned);
}

function sizes(architecture: DecoderArchitecture, config: DecoderConfig): [string, GgufValue][] {
  const values: [string, GgufValue][] = [
    ['vocab_size', uint(config.vocabSize)],
    ['context_length', uint(config.maxPositions)],
    ['embedding_length', uint(config.hiddenSize)],
    ['block_count', uint(config.layers)],
    ['feed_forward_length', uint(config.intermediateSize)],
    ['rope.dimension_count', uint(config.headSize)],
    ['attention.head_count', uint(config.heads)],
    ['attention.head_count_kv', uint(config.keyValueHeads)],
    ['attention.key_length', uint(config.headSize)],
    ['attention.value_length', uint(config.headSize)],
    ['attention.layer_norm_rms_epsilon', float(config.rmsNormEps)],
    ['rope.freq_base', float(config.ropeTheta)],
  ];
  return values.map(([key, value]) => [`${architecture}.${key}`, value]);
}

/** Vectors in float32; a line that is not whole blocks in halves. */
function typeOf(shape: readonly number[], type: GgufModelType): PackedTypeId {
  if (shape.length < 2) return 'float32';
  return bytesOfValues(type, shape.at(-1) ?? 1) === null ? 'float16' : type;
}

/** Lines in the order of llama.cpp, from lines in Hugging Face's; whole heads are read. */
function turned(lines: ReadLines, shape: readonly number[], headSize: number): ReadLines {
  const [height = 0, width = 1] = shape;
  return async (from, to) => {
    const start = from - (from % headSize);
    const end = Math.min(height, Math.ceil(to / headSize) * headSize);
    const read = await lines(start, end);
    const values = new Float32Array((to - from) * width);
    for (let row = from; row < to; row++) {
      const line = lineOfGgufRow(row, headSize) - start;
      values.set(read.subarray(line * width, (line + 1) * width), (row - from) * width);
    }
    return values;
  };
}

function namedInGguf(name: string): string {
  const found = ggufName(name);
  if (found === null) throw new AppError('internal', `GGUF has no name for «${name}».`);
  return found;
}

/**
 * Reading 1,000 sentences with each built-in encoder: time on WebAssembly, one thread, in turns; the heap that it takes;
 * and the bytes of weights on WebGPU, with the rows of the words that occur.
 */
import { ENCODERS } from '../src/core/models/registry';
import { bucketLength } from '../src/core/text/batches';
import { deviceBytes } from '../src/engine/device/gpu';
import { wasmMemory } from '../src/engine/device/wasm-memory';
import { Pace } from '../src/engine/fit/pace';
import { encodeTexts, textBatches } from '../src/engine/frozen/encode-texts';
import { placeModel, readModel, type ReadModel } from '../src/engine/models/read-model';
import { disposeWeights } from '../src/engine/models/weights';
import { builtInModel } from '../tests/helpers/models';
import { startBackend } from '../tests/helpers/tf-node';
import { round, timesOf, type Fragment, type PartOptions, type Times } from './part';
import { sentences } from './sentences';

const TURNS = 2;
const WARM_TEXTS = 32;

interface Reader {
  id: string;
  model: ReadModel;
  tokenIds: Int32Array[];
  placingSeconds: number;
  turns: Times[];
}

export async function run({ quick, tell }: PartOptions): Promise<Fragment> {
  const count = quick ? 100 : 1000;
  const texts = sentences(count);
  const pace = new Pace({ checkpoint: () => Promise.resolve('continue') });

  await startBackend('wasm');
  const readers: Reader[] = [];
  const heap: Fragment = {};
  for (const { id } of ENCODERS) {
    const model = await readModel(builtInModel(id));
    const tokenIds = texts.map((text) => model.tokenizer.encode(text, 256));
    readers.push({ id, model, tokenIds, placingSeconds: NaN, turns: [] });
  }
  // One model at a time on the device, as in a run of one encoder: what is measured of the heap is the most so far.
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const reader of readers) {
      const { id, model } = reader;
      // The first turn compiles, which takes few texts.
      const tokenIds = turn === 0 ? reader.tokenIds.slice(0, WARM_TEXTS) : reader.tokenIds;
      const startedMs = performance.now();
      const encoder = placeModel(model, tokenIds);
      reader.placingSeconds = (performance.now() - startedMs) / 1000;
      const times = await timesOf(() => encodeTexts(encoder, tokenIds, { pace }));
      disposeWeights(encoder.weights);
      heap[id] = wasmMemory()?.memory.buffer.byteLength ?? null;
      if (turn > 0) reader.turns.push(times);
      tell(`${id}: placed in ${reader.placingSeconds.toFixed(2)} s, read in ${times.seconds.toFixed(1)} s`);
    }
  }

  const { description } = await startBackend('webgpu');
  const weights: Fragment = {};
  for (const { id, model, tokenIds } of readers) {
    const before = deviceBytes()?.used ?? NaN;
    const encoder = placeModel(model, tokenIds);
    const bytes = (deviceBytes()?.used ?? NaN) - before;
    const wordRows = encoder.words?.ids.length ?? 0;
    weights[id] = { bytes, word_rows: wordRows, without_word_rows: bytes - 4 * wordRows * model.config.hiddenSize };
    disposeWeights(encoder.weights);
  }
  const [first, second] = readers;
  if (!first || !second) throw new Error('There is no second encoder to compare with.');
  const least = ({ turns }: Reader, key: keyof Times): number => Math.min(...turns.map((times) => times[key]));
  return {
    device: { webgpu: { name: description.name, software: description.software } },
    reading: {
      sentences: count,
      encoders: Object.fromEntries(
        readers.map((reader) => [
          reader.id,
          {
            tokens: reader.tokenIds.reduce((sum, ids) => sum + ids.length, 0),
            padded_tokens: paddedTokens(reader.tokenIds),
            seconds: round(least(reader, 'seconds')),
            cpu_seconds: round(least(reader, 'cpuSeconds')),
            placing_seconds: round(reader.placingSeconds),
          },
        ]),
      ),
      ratio: round(least(second, 'seconds') / least(first, 'seconds')),
      ratio_cpu: round(least(second, 'cpuSeconds') / least(first, 'cpuSeconds')),
      wasm_heap_bytes: heap,
      webgpu_weights: weights,
    },
  };
}

/** What is computed: every text as long as the bucket of the longest of its batch. */
function paddedTokens(tokenIds: readonly Int32Array[]): number {
  return textBatches(tokenIds).reduce((sum, rows) => {
    const longest = Math.max(...rows.map((row) => tokenIds[row]?.length ?? 0));
    return sum + rows.length * bucketLength(longest);
  }, 0);
}

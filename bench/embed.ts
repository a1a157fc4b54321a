/**
 * Sentence vectors of 1,000 sentences on WebAssembly, ours on all cores and on one, against onnxruntime-web on one
 * thread with the same weights in float32, the same batches, and its graph optimisations on.
 */
import { inferenceBatches, padBatch, type TokenBatch } from '../src/core/text/batches';
import { FORWARD_TOKENS } from '../src/engine/fit/budget';
import { encodeTexts } from '../src/engine/frozen/encode-texts';
import { Pace } from '../src/engine/fit/pace';
import { normaliseRows, placeRows } from '../src/engine/fit/rows';
import { loadModel } from '../src/engine/models/read-model';
import { builtInModel } from '../tests/helpers/models';
import { startBackend } from '../tests/helpers/tf-node';
import { nodeThreads } from '../tests/helpers/threads';
import { readPlainModel } from './model';
import { writeOnnx } from './onnx';
import { openOnnxRuntime } from './onnxruntime';
import { round, timesOf, type Fragment, type PartOptions, type Times } from './part';
import { sentences } from './sentences';

const AGREEMENT = 1e-4;
const CORES = 2;
const TURNS = 2;

export async function run({ quick, tell }: PartOptions): Promise<Fragment> {
  await startBackend('wasm');
  const model = await loadModel(builtInModel());
  const count = quick ? 100 : 1000;
  const tokenIds = sentences(count).map((text) => model.tokenizer.encode(text, 256));
  const tokens = tokenIds.reduce((sum, ids) => sum + ids.length, 0);
  tell(`${count} sentences, ${tokens} tokens`);

  const peer = await startPeer(model.config.hiddenSize);
  const pace = new Pace({ checkpoint: () => Promise.resolve('continue') });
  const threads = await nodeThreads(CORES);
  const ours = (): Promise<Float32Array | null> => encodeTexts(model, tokenIds, { pace, threads });
  const alone = (): Promise<Float32Array | null> => encodeTexts(model, tokenIds, { pace });
  const theirs = (): Promise<Float32Array> => peer.encode(tokenIds);

  const difference = greatestDifference(await ours(), await theirs());
  tell(`greatest difference ${difference.toExponential(1)}`);
  if (!(difference <= AGREEMENT)) throw new Error(`The two do not agree: ${difference}, at most ${AGREEMENT}.`);
  const turns: Record<'theirs' | 'ours' | 'alone', Times[]> = { theirs: [], ours: [], alone: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    turns.theirs.push(await timesOf(theirs));
    turns.ours.push(await timesOf(ours));
    turns.alone.push(await timesOf(alone));
    const [peerS, ownS, oneS] = [turns.theirs, turns.ours, turns.alone].map((each) => each[turn]?.seconds.toFixed(1));
    tell(`onnxruntime-web ${peerS} s, ours on ${CORES} cores ${ownS} s, on one ${oneS} s`);
  }
  const least = (who: keyof typeof turns, key: keyof Times): number =>
    Math.min(...turns[who].map((times) => times[key]));
  return {
    embed: {
      sentences: count,
      tokens,
      cores: CORES,
      peer: `onnxruntime-web ${peer.version}, one thread`,
      greatest_difference: difference,
    },
    ratio: {
      wasm_embed_vs_onnxruntime: round(least('ours', 'seconds') / least('theirs', 'seconds')),
      wasm_embed_one_thread_vs_onnxruntime: round(least('alone', 'seconds') / least('theirs', 'seconds')),
      // Processor time of all threads together: what others on this machine do does not stretch it.
      wasm_embed_one_thread_vs_onnxruntime_cpu: round(least('alone', 'cpuSeconds') / least('theirs', 'cpuSeconds')),
    },
    seconds: {
      wasm_embed: round(least('ours', 'seconds')),
      wasm_embed_one_thread: round(least('alone', 'seconds')),
      onnxruntime_embed: round(least('theirs', 'seconds')),
    },
  };
}

async function startPeer(hidden: number) {
  const { version, Tensor, read } = await openOnnxRuntime();
  const session = await read(writeOnnx(await readPlainModel()));
  const pooled = async ({ batch, tokens, ids, lengths }: TokenBatch): Promise<Float32Array> => {
    const mask = new Float32Array(batch * tokens);
    const shares = new Float32Array(batch * tokens);
    lengths.forEach((length, row) => {
      mask.fill(-1e9, row * tokens + length, (row + 1) * tokens);
      shares.fill(1 / length, row * tokens, row * tokens + length);
    });
    const result = await session.run({
      ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [batch, tokens]),
      positions: new Tensor(
        'int64',
        BigInt64Array.from({ length: tokens }, (_, i) => BigInt(i)),
        [tokens],
      ),
      mask: new Tensor('float32', mask, [batch, 1, 1, tokens]),
      shares: new Tensor('float32', shares, [batch, 1, tokens]),
    });
    return result['pooled']?.data ?? new Float32Array();
  };
  return {
    version,
    /** The same batches as ours, normalised the same way. */
    async encode(tokenIds: readonly Int32Array[]): Promise<Float32Array> {
      const vectors = new Float32Array(tokenIds.length * hidden);
      const lengths = tokenIds.map((ids) => ids.length);
      for (const rows of inferenceBatches(lengths, { maxTokens: FORWARD_TOKENS })) {
        const batch = padBatch(rows.map((row) => tokenIds[row] ?? new Int32Array()));
        placeRows(vectors, rows, await pooled(batch), hidden);
      }
      return normaliseRows(vectors, hidden);
    },
  };
}

function greatestDifference(a: Float32Array | null, b: Float32Array): number {
  if (a?.length !== b.length) return NaN;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

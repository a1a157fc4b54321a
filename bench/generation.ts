/**
 * Written answers with SmolLM2-135M-Instruct: the step of an adapter and tokens a second on WebAssembly, against PyTorch
 * with PEFT and against wllama (llama.cpp as WebAssembly, in Chromium) on the same machine in turns; and what does not
 * depend on the machine: dispatches of a token and of a step on WebGPU by kind, and the bytes that a step holds there.
 */
import { availableParallelism } from 'node:os';
import type { TokenExample } from '../src/core/run/generation';
import { GREEDY } from '../src/core/text/generation-settings';
import { GpuLedger } from '../src/engine/bench/gpu-ledger';
import { webGpu } from '../src/engine/device/gpu';
import { MOST_SHARED, STEP_TOKENS } from '../src/engine/fit/budget';
import { cutBatches } from '../src/engine/fit/micro-batches';
import { optimizerStep } from '../src/engine/fit/step';
import { generate } from '../src/engine/generate/generate';
import { Writer } from '../src/engine/generate/writer';
import type { Decoder } from '../src/engine/models/decoder';
import { disposeWeights } from '../src/engine/models/weights';
import { AdamW } from '../src/engine/optim/adamw';
import { forkForAdapter } from '../src/engine/tasks/generation/fork';
import { type AnswerCrew, shareStep } from '../src/engine/tasks/generation/crew';
import { answerWorkLoss, type AnswerWork } from '../src/engine/tasks/generation/loss';
import { sharesSteps } from '../src/engine/tasks/generation/step-memory';
import type { AnswerTask } from '../src/engine/tasks/generation/jobs';
import { DecoderCrew } from '../src/engine/threads/decoder-crew';
import { loadSmolLm2 } from '../tests/helpers/smollm2-parity';
import { smolLm2Tokenizer } from '../tests/helpers/smollm2';
import { startBackend } from '../tests/helpers/tf-node';
import { nodeThreads } from '../tests/helpers/threads';
import { dispatchesInWords } from './dispatch-words';
import { pytorchLoraSteps } from './lora-pytorch';
import { round, timesOf, type Fragment, type PartOptions } from './part';
import { startWllama } from './wllama';

const [ROWS, TOKENS, RANK] = [4, 128, 8];
const PROMPT = 'Write three sentences about a knife that was honed on a stone.';
const SETTINGS = {
  rank: RANK,
  alpha: 16,
  loraDropout: 0,
  targetModules: 'all-linear',
  rankStabilized: false,
  seed: 1,
} as const;

export async function run({ quick, tell }: PartOptions): Promise<Fragment> {
  const turns = quick ? 1 : 3;
  const onGpu = await countOnGpu(tell);
  const step = await stepTimes(turns, tell);
  const written = await writtenTimes(turns, quick ? 24 : 64, tell);
  return { generation: { ...onGpu, step, written } };
}

/** A fork of the model with a new adapter, and its step on rows all of whose tokens are learned. */
function adapterTrial(model: Decoder) {
  const { fork, decoder } = forkForAdapter(model, SETTINGS, 0);
  const optimizer = new AdamW({ weightDecay: 0 });
  const examples = Array.from({ length: ROWS }, (_, row): TokenExample => ({
    ids: Int32Array.from({ length: TOKENS }, (_, i) => (7919 * row + 31 * i) % 49_152),
    trained: new Uint8Array(TOKENS).fill(1),
  }));
  const normalizer = ROWS * (TOKENS - 1);
  const lengths = examples.map(({ ids }) => ids.length);
  // As a run cuts it.
  const { parts } = cutBatches([[...examples.keys()]], lengths, STEP_TOKENS, sharesSteps());
  const works = parts.map((part): AnswerWork => ({
    examples: part.flatMap((i) => examples[i] ?? []),
    normalizer,
    dropout: undefined,
  }));
  const losses = works.map((work) => () => answerWorkLoss(decoder, work));
  const { weights, trainable } = fork;
  return {
    decoder,
    step: (crew?: AnswerCrew) => {
      const shared = crew && shareStep(crew, { decoder, trainable }, works);
      return optimizerStep({
        ...{ weights, trainable, losses, shared, optimizer },
        ...{ learningRate: () => 1e-4, maxGradNorm: 1 },
      });
    },
    dispose: () => {
      optimizer.dispose();
      fork.dispose();
    },
  };
}

/**
 * Dispatches and bytes on WebGPU. Nothing is computed: which programs are asked for and which buffers are held goes by
 * sizes alone, and a step of the whole model would take software minutes.
 */
async function countOnGpu(tell: PartOptions['tell']): Promise<Fragment> {
  const device = await startBackend('webgpu');
  const ledger = new GpuLedger({ silent: true });
  const gpu = webGpu();
  if (!gpu) throw new Error('There is no WebGPU.');
  const model = await loadSmolLm2();
  const trial = adapterTrial({ ...model, recompute: true });
  const token = async (decoder: Decoder): Promise<Fragment> => {
    const prompt = Int32Array.from({ length: 16 }, (_, i) => i + 100);
    const { writer } = await Writer.begin(decoder, [prompt], 4);
    // The first lays together what stands beside the matrices.
    await writer.next(Int32Array.of(1));
    ledger.reset();
    await writer.next(Int32Array.of(1));
    const { dispatches, kinds } = ledger.counts;
    writer.dispose();
    return { dispatches, by_kind: dispatchesInWords(kinds) };
  };
  const weightBytes = gpu.bytes().used;
  const [base, tuned] = [await token(model), await token(trial.decoder)];
  tell(`a token: ${base['dispatches']} dispatches, with an adapter ${tuned['dispatches']}`);
  const step = async ({ step }: Pick<ReturnType<typeof adapterTrial>, 'step'>): Promise<Fragment> => {
    // The first makes the moments of AdamW, 840 dispatches that no other has.
    await step();
    gpu.releaseFree();
    gpu.resetPeak();
    ledger.reset();
    await step();
    const { dispatches, kinds } = ledger.counts;
    const { peak } = gpu.bytes();
    tell(`a step of ${ROWS} × ${TOKENS}: ${dispatches} dispatches, ${(peak / 1e6).toFixed(0)} MB at most`);
    return { dispatches, by_kind: dispatchesInWords(kinds), peak_bytes: peak };
  };
  const recomputed = await step(trial);
  trial.dispose();
  const plain = adapterTrial(model);
  const kept = await step(plain);
  plain.dispose();
  disposeWeights(model.weights);
  ledger.stop();
  device.guard.check();
  return {
    decoded_token: { base, with_adapter: tuned },
    // The first is what a run on a GPU does: its layers are computed again for their gradient.
    training_step: { ...recomputed, weight_bytes: weightBytes, with_kept_activations: kept },
  };
}

/** Seconds of a step on all cores, ours on WebAssembly and PyTorch's, in turns; and of ours on one. */
async function stepTimes(turns: number, tell: PartOptions['tell']): Promise<Fragment> {
  await startBackend('wasm');
  const model = await loadSmolLm2();
  const trial = adapterTrial(model);
  const cores = availableParallelism();
  const ownThreads = Math.min(cores, MOST_SHARED);
  const crew = await DecoderCrew.start<AnswerTask>(await nodeThreads(ownThreads), ownThreads - 1, model, tell);
  await trial.step(crew);
  const pytorch = await pytorchLoraSteps({ rows: ROWS, tokens: TOKENS, rank: RANK, threads: cores });
  const own: number[] = [];
  const alone: number[] = [];
  const theirs: number[] = [];
  try {
    for (let turn = 0; turn < turns; turn++) {
      own.push((await timesOf(() => trial.step(crew))).seconds);
      theirs.push(await pytorch.step());
      alone.push((await timesOf(() => trial.step())).seconds);
      const [ours = NaN, one = NaN, peer = NaN] = [own, alone, theirs].map((times) => times.at(-1));
      tell(
        `step: ours ${ours.toFixed(2)} s on ${ownThreads} threads, ${one.toFixed(2)} s on one; ` +
          `PyTorch ${peer.toFixed(2)} s on ${cores} cores`,
      );
    }
  } finally {
    pytorch.stop();
    crew.end();
    trial.dispose();
    disposeWeights(model.weights);
  }
  const [ownSeconds, theirSeconds] = [Math.min(...own), Math.min(...theirs)];
  return {
    rows: ROWS,
    tokens: TOKENS,
    rank: RANK,
    peer: `${pytorch.version}, float32, ${cores} threads`,
    threads: ownThreads,
    wasm_seconds: round(ownSeconds),
    wasm_one_thread_seconds: round(Math.min(...alone)),
    pytorch_seconds: round(theirSeconds),
    ratio: round(ownSeconds / theirSeconds),
  };
}

/** Tokens a second behind the same prompt, one thread each, in turns. */
async function writtenTimes(turns: number, newTokens: number, tell: PartOptions['tell']): Promise<Fragment> {
  const tokenizer = smolLm2Tokenizer();
  const prompt = tokenizer.encode(PROMPT, 256);
  const model = await loadSmolLm2();
  // No end token: both write as many.
  const silent = { endIds: [], stream: () => ({ push: () => '', end: () => '' }) };
  const ours = async (): Promise<number> => {
    let firstMs = NaN;
    await generate(
      model,
      silent,
      [prompt],
      { ...GREEDY, maxNewTokens: newTokens },
      {
        // From the first token on, so that no prompt is in it.
        onToken: () => (firstMs = Number.isNaN(firstMs) ? performance.now() : firstMs),
      },
    );
    return (newTokens - 1) / ((performance.now() - firstMs) / 1000);
  };
  const peer = await startWllama();
  const own: number[] = [];
  const theirs: number[] = [];
  try {
    for (let turn = 0; turn < turns; turn++) {
      own.push(await ours());
      theirs.push(await peer.tokensPerSecond(PROMPT, newTokens));
      tell(`tokens a second: ours ${own.at(-1)?.toFixed(1)}, wllama ${theirs.at(-1)?.toFixed(1)}`);
    }
  } finally {
    await peer.stop();
    disposeWeights(model.weights);
  }
  const [ownRate, theirRate] = [Math.max(...own), Math.max(...theirs)];
  return {
    new_tokens: newTokens,
    peer: `wllama ${peer.version}, one thread, the GGUF that the weights are from`,
    wasm_tokens_per_second: round(ownRate),
    wllama_tokens_per_second: round(theirRate),
    ratio: round(ownRate / theirRate),
  };
}

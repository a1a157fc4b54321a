/**
 * The adapter of written answers that the page would train, trained by PyTorch and PEFT: the same base, rows, order of rows,
 * learned tokens, first matrices, rates and greedy answers, judged by the same loss and exact match.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExactMatch } from '../src/core/metrics/answers/exact-match';
import { createRandom, deriveSeed } from '../src/core/random';
import { learningRateAt } from '../src/core/settings/schedule';
import { trainingBatches } from '../src/core/text/batches';
import { singleTurn } from '../src/core/text/conversation';
import { encodeExample, encodePrompt, splitLastAnswer } from '../src/core/text/examples';
import { disposeWeights } from '../src/engine/models/weights';
import { forkForAdapter } from '../src/engine/tasks/generation/fork';
import { learnedTokens } from '../src/engine/tasks/generation/loss';
import { writeBase } from '../scripts/verify-export/write';
import { smolLm2Reader, smolLm2Tokens } from '../tests/helpers/smollm2';
import { loadSmolLm2 } from '../tests/helpers/smollm2-parity';
import { startBackend } from '../tests/helpers/tf-node';
import { ensurePython } from './peers.mjs';

/** As the page settles them where a person changes nothing; `maxLength` and the rest are what its report says. */
export interface Recipe {
  rank: number;
  epochs: number;
  seed: number;
  maxLength: number;
  learningRate: number;
  batchSize: number;
  maxNewTokens: number;
  threads: number;
}

interface Pair {
  prompt: string;
  completion: string;
}

interface Result {
  versions: string;
  loss_before: number;
  loss_after: number;
  seconds: number;
  losses: number[];
  answers: number[][];
}

const WARMUP_RATIO = 0.1;
const ALPHA = 16;

/** Loss of the held-out answers before and after, and how many of them come out letter by letter. */
export async function measure(data: string, test: string, recipe: Recipe, keep: string | undefined) {
  const { rank, epochs, seed, maxLength, batchSize, learningRate: base } = recipe;
  const reader = smolLm2Reader();
  const conversations = (path: string) =>
    readPairs(path).map(({ prompt, completion }) => singleTurn(prompt, completion));
  const examples = conversations(data).map((conversation) => encodeExample(reader, conversation, maxLength));
  const plain = ({ ids, trained }: { ids: Int32Array; trained: Uint8Array }) => ({
    ids: [...ids],
    trained: [...trained],
  });
  const lengths = examples.map(({ ids }) => ids.length);
  const steps = Array.from({ length: epochs }, (_, epoch) =>
    trainingBatches(lengths, batchSize, createRandom(deriveSeed(seed, 'order', 0, epoch))),
  ).flat();
  const totalSteps = steps.length;
  const warmupSteps = Math.round(WARMUP_RATIO * totalSteps);
  const rates = steps.map((_, i) => learningRateAt(i + 1, { base, warmupSteps, totalSteps, schedule: 'linear' }));
  const wanted = readPairs(test).map(({ completion }) => completion);
  const held = conversations(test).map((conversation) => ({
    ...plain(encodeExample(reader, conversation, maxLength)),
    prompt: [...encodePrompt(reader, splitLastAnswer(conversation).asked)],
  }));
  const folder = keep ?? mkdtempSync(join(tmpdir(), 'hone-adapter-'));
  mkdirSync(folder, { recursive: true });
  try {
    await writeBase(join(folder, 'base'));
    const adapter = await firstAdapter(rank, seed);
    writeFileSync(
      join(folder, 'adapter.f32'),
      Buffer.concat(adapter.map(({ values }) => Buffer.from(values.slice().buffer))),
    );
    const plan = {
      threads: recipe.threads,
      lora: {
        rank,
        alpha: ALPHA,
        targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
      },
      adapter: adapter.map(({ name, shape }) => [name, shape]),
      weight_decay: 0,
      max_grad_norm: 1,
      steps: steps.map((rows) => rows.flatMap((row) => (examples[row] ? plain(examples[row]) : []))),
      rates,
      held,
      max_new_tokens: recipe.maxNewTokens,
      end_ids: smolLm2Tokens.endIds ?? [],
    };
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
    const program = fileURLToPath(new URL('./adapter_pytorch.py', import.meta.url));
    const { status } = spawnSync(ensurePython(), [program, folder], {
      stdio: ['ignore', process.stderr, process.stderr],
    });
    if (status !== 0) throw new Error(`PyTorch ended with ${status}; see its messages above.`);
    const result: Result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
    const answers = result.answers.map((ids) => reader.tokenizer.decode(ids));
    return {
      peer: result.versions,
      rows: examples.length,
      learned_tokens: examples.reduce((sum, example) => sum + learnedTokens(example), 0),
      held_out: held.length,
      steps: totalSteps,
      loss_before: result.loss_before,
      loss_after: result.loss_after,
      exact: answers.filter((answer, i) => isExactMatch(answer, wanted[i] ?? '')).length,
      seconds: Math.round(result.seconds),
    };
  } finally {
    if (keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** The matrices that a run with that seed begins with. */
async function firstAdapter(rank: number, seed: number) {
  await startBackend('wasm');
  const model = await loadSmolLm2();
  const settings = {
    rank,
    alpha: ALPHA,
    loraDropout: 0,
    targetModules: 'all-linear',
    rankStabilized: false,
    seed,
  } as const;
  const { fork } = forkForAdapter(model, settings, 0);
  try {
    return Array.from(await fork.read(), ([name, { shape, values }]) => ({ name, shape, values }));
  } finally {
    fork.dispose();
    disposeWeights(model.weights);
  }
}

function readPairs(path: string): Pair[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line): Pair => JSON.parse(line));
}

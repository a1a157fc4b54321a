/**
 * llama.cpp itself on the GGUFs of one folder: `node llama-cpp.mjs FOLDER NODE_LLAMA_CPP [STRINGS]`. Greedy answers against
 * those of transformers (greedy.json), ids of strings; a JSON line for each check, as check.py prints them.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, packages, strings] = process.argv.slice(2);
const entry = createRequire(join(packages, 'package.json')).resolve('node-llama-cpp');
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(entry).href);
// One thread: several wait for one another by spinning, which takes for ever where the machine has other work.
const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, maxThreads: 1 });

const read = (file) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
const { rendered } = read('prompts.json');
const expected = read('greedy.json');
const NEW_TOKENS = 32;
const isTrained = strings !== undefined;

function line(export_, tool, rows, difference, tolerance, control = false) {
  const found = !(difference <= tolerance);
  const ok = found === control;
  console.log(JSON.stringify({ export: export_, tool, rows, difference, tolerance, control, ok }));
}

function contextOf(model, adapter) {
  const lora = adapter === undefined ? {} : { lora: { adapters: [{ filePath: join(folder, adapter), scale: 1 }] } };
  return model.createContext({ contextSize: 512, threads: 1, flashAttention: false, ...lora });
}

/** Answers to all prompts, as ids. */
async function greedy(model, context) {
  const sequence = context.getSequence();
  const answers = [];
  for (const prompt of rendered) {
    await sequence.clearHistory();
    const answer = [];
    for await (const token of sequence.evaluate(model.tokenize(prompt, true), { temperature: 0 })) {
      answer.push(token);
      if (answer.length === NEW_TOKENS) break;
    }
    answers.push(answer);
  }
  sequence.dispose();
  return answers;
}

/** The likeliest token at each step of the expected answers: of those steps, how many have another. */
async function otherSteps(model, context) {
  const sequence = context.getSequence();
  let other = 0;
  let steps = 0;
  for (const [i, prompt] of rendered.entries()) {
    await sequence.clearHistory();
    const start = model.tokenize(prompt, true);
    const answer = expected[i];
    const asked = [...start, ...answer.slice(0, -1)].map((token, at) =>
      at < start.length - 1 ? token : [token, { generateNext: { token: true } }],
    );
    const given = await sequence.controlledEvaluate(asked);
    for (const [at, token] of answer.entries()) {
      steps++;
      if (given[start.length - 1 + at]?.next.token !== token) other++;
    }
  }
  sequence.dispose();
  return { other, steps };
}

const unequal = (a, b) => a.filter((answer, i) => answer.join() !== b[i].join()).length;

/** `most`: of answers, how many may be others; of single steps, which share. */
async function check(file, name, most, { adapter, control = false, ids = false } = {}) {
  const model = await llama.loadModel({ modelPath: join(folder, file) });
  const context = await contextOf(model, adapter);
  // A model of random values changes its mind by a hair: once another token is chosen, all behind it are others.
  if (isTrained) {
    const answers = await greedy(model, context);
    line(
      name,
      'llama.cpp: greedy answers that differ',
      answers.length,
      unequal(answers, expected),
      most.answers,
      control,
    );
  }
  const { other, steps } = await otherSteps(model, context);
  line(name, 'llama.cpp: share of steps with another token', steps, other / steps, most.steps, control);
  if (ids && strings !== undefined) {
    const rows = readFileSync(strings, 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    // As transformers reads them: what looks like a control token is one.
    const wrong = rows.filter(({ text, smollm2 }) => model.tokenize(text, true).join() !== smollm2.join());
    line(name, 'llama.cpp: strings with other ids', rows.length, wrong.length, 0);
  }
  await context.dispose();
  await model.dispose();
}

const HALF = { answers: 1, steps: 0.01 };
const BYTES = { answers: 2, steps: isTrained ? 0.02 : 0.25 };
await check('model-float16.gguf', 'GGUF F16', HALF, { ids: true });
await check('model-q8_0.gguf', 'GGUF Q8_0', BYTES);
await check('base-float16.gguf', 'GGUF adapter', HALF, { adapter: 'adapter.gguf' });
await check('base-float16.gguf', 'the base without its adapter', BYTES, { control: true });
await check('faults/model-float16.gguf', 'two rows of q swapped', HALF, { control: true });
await llama.dispose();

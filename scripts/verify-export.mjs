/**
 * `npm run verify:export [-- classifier|llama|qwen2|qwen3|smollm2 …] [--adapter FOLDER] [--keep]`: writes every export of a
 * classifier and of tuned decoders and proves it with the tools that it is for. A decoder's adapter is random, or that of a PEFT
 * folder which the page wrote. The tools: onnx, onnxruntime, sentence-transformers, PEFT, transformers, gguf (from PyPI, in
 * Python environments of their own), transformers.js and llama.cpp (from npm). `hand-over` runs the folders for a bigger machine:
 * Trainer, TRL, Ray Train with two workers, Axolotl's and LLaMA-Factory's own schema (`--trec FOLDER`: the figures of TREC-6 too;
 * PYTHON: an environment that has their packages). `classifier` is three: `minilm`, `tuned`, `e5`. Prints export, tool, rows, largest difference, tolerance, ok; a planted fault is ok when it is
 * found. The packages are fetched on first use into .cache/verify-export. Exits with 1 when a line falls short.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findPython } from './models/wheel.mjs';
import { openTypeScript } from './typescript.mjs';

const PYTHON_PACKAGES = ['torch', 'transformers==5.23.0', 'peft==0.21.0', 'safetensors==0.8.0', 'gguf==0.19.0'];
const CLASSIFIER_PACKAGES = [
  ...['torch', 'transformers==5.23.0', 'sentence-transformers==6.2.0'],
  ...['onnx==1.23.0', 'onnxruntime==1.31.0'],
];
const TRAINER_PACKAGES = [
  ...['torch', 'transformers==5.23.0', 'peft==0.21.0', 'trl==1.16.0', 'accelerate==1.15.0', 'datasets==5.2.0'],
  ...['ray[train]==2.60.0', 'numpy', 'pyyaml', 'omegaconf', 'pillow'],
];
/** Read for their schema alone: what they would bring along is for CUDA. */
const SCHEMA_PACKAGES = [
  'axolotl==0.19.0',
  'llamafactory==0.9.5',
  'omegaconf',
  'antlr4-python3-runtime==4.9.3',
  'pillow',
];
const LLAMA_CPP = ['node-llama-cpp@3.22.0', `@node-llama-cpp/${process.platform}-${process.arch}@3.22.0`];
const TRANSFORMERS_JS = ['@huggingface/transformers@4.3.0'];
const DECODERS = ['llama', 'qwen2', 'qwen3', 'smollm2'];
const CLASSIFIERS = ['minilm', 'tuned', 'e5'];
const HAND_OVER = 'hand-over';
const MODELS = [...CLASSIFIERS, ...DECODERS, HAND_OVER];

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');
const cache = join(root, '.cache/verify-export');
const strings = join(root, 'tests/fixtures/tokenizer-strings.jsonl');

const { values: options, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { keep: { type: 'boolean', default: false }, adapter: { type: 'string' }, trec: { type: 'string' } },
});
const chosen = asked.flatMap((name) => (name === 'classifier' ? CLASSIFIERS : [name]));
const unknown = chosen.filter((name) => !MODELS.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Choose from classifier, ${MODELS.join(', ')}, or none for all.`);
  process.exit(2);
}

const names = chosen.length > 0 ? chosen : MODELS;
const trains = names.includes(HAND_OVER);
const sorts = names.some((name) => CLASSIFIERS.includes(name));
const writes = names.some((name) => DECODERS.includes(name));
const python = writes ? await pythonWith('python', PYTHON_PACKAGES) : null;
const packages = writes ? await nodeWith('node', LLAMA_CPP) : null;
const transformersJs = sorts ? await nodeWith('node-classifier', TRANSFORMERS_JS) : null;
const classifierPython = sorts ? await pythonWith('python-classifier', CLASSIFIER_PACKAGES) : null;
const trainerPython = trains
  ? (process.env['PYTHON'] ?? (await pythonWith('python-trainers', TRAINER_PACKAGES)))
  : null;
const schemas = trains ? await wheelsIn('schemas', trainerPython, SCHEMA_PACKAGES) : null;
const work = mkdtempSync(join(tmpdir(), 'hone-exports-'));
const vite = await openTypeScript();
let failed = 0;
try {
  const { writeExports } = await vite.ssrLoadModule('/scripts/verify-export/write.ts');
  const { writeClassifier } = await vite.ssrLoadModule('/scripts/verify-export/write-classifier.ts');
  for (const name of names) {
    const folder = join(work, name);
    if (name === HAND_OVER) {
      const { readBack, writeHandOver, writeTrec } = await vite.ssrLoadModule(
        '/scripts/verify-export/write-hand-over.ts',
      );
      await writeHandOver(folder);
      await checks(name, trainerPython, [join(here, 'verify-export/check-hand-over.py'), folder, schemas]);
      for (const report of ['trainer-one', 'trainer-ray', 'trl-one', 'trl-ray']) {
        await reads(report, () => readBack(join(folder, `out-${report}`, 'report.json')));
      }
      if (options.trec) {
        await writeTrec(options.trec, join(folder, 'trec'));
        await checks(name, trainerPython, [join(here, 'verify-export/check-trec.py'), join(folder, 'trec')]);
      }
      if (!options.keep) rmSync(folder, { recursive: true });
      continue;
    }
    if (CLASSIFIERS.includes(name)) {
      await writeClassifier(name, folder);
      await checks(name, classifierPython, [join(here, 'verify-export/check-classifier.py'), folder]);
      await checks(name, process.execPath, [join(here, 'verify-export/transformers-js.mjs'), folder, transformersJs]);
      if (!options.keep) rmSync(folder, { recursive: true });
      continue;
    }
    await writeExports(name, folder, options.adapter);
    // The strings' ids are those of SmolLM2's tokenizer.
    const more = name === 'smollm2' ? [strings] : [];
    await checks(name, python, [join(here, 'verify-export/check.py'), folder, ...more]);
    await checks(name, process.execPath, [join(here, 'verify-export/llama-cpp.mjs'), folder, packages, ...more]);
    if (!options.keep) rmSync(folder, { recursive: true });
  }
} finally {
  await vite.close();
  if (options.keep) console.log(`The exports are in ${work}.`);
  else rmSync(work, { recursive: true, force: true });
}
console.log(failed > 0 ? `\n${failed} fell short.` : '\nAll as they should be.');
process.exit(failed > 0 ? 1 : 0);

/** Runs a program that prints a JSON line for each check. */
async function checks(model, command, parameters) {
  // Threads that spin while they wait take each other's time where the machine has other work.
  const env = { ...process.env, OMP_WAIT_POLICY: 'PASSIVE', ...(model === 'smollm2' ? {} : { OMP_NUM_THREADS: '1' }) };
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const ended = new Promise((done) => child.on('close', done));
  let lines = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    if (!text.startsWith('{')) continue;
    lines++;
    print(model, JSON.parse(text));
  }
  const code = await ended;
  if (code === 0 && lines > 0) return;
  failed++;
  console.log(`FAILED  ${model}: ${parameters[0]} ended with ${code}\n${said.slice(-3000)}`);
}

function print(model, { export: name, tool, rows, difference, tolerance, control, ok }) {
  if (!ok) failed++;
  const what = `${model.padEnd(8)} ${name.padEnd(28)} ${(control ? `[fault] ${tool}` : tool).padEnd(48)}`;
  const wanted = control ? `> ${tolerance}` : `≤ ${tolerance}`;
  console.log(
    `${ok ? 'ok    ' : 'FAILED'}  ${what} ${String(rows).padStart(4)} rows  ${difference.toPrecision(2)} ${wanted}`,
  );
}

/** A report that a script wrote is one that the page opens. */
async function reads(what, work) {
  let difference = 0;
  try {
    work();
  } catch (error) {
    difference = 1;
    console.log(error.message);
  }
  print(HAND_OVER, {
    export: what,
    tool: 'report.json, dropped on the page',
    rows: 1,
    difference,
    tolerance: 0,
    control: false,
    ok: difference === 0,
  });
}

/** Packages unpacked and not installed: nothing that they ask for comes along. */
async function wheelsIn(name, bin, wanted) {
  const folder = join(cache, name);
  const done = join(cache, `${name}.done`);
  if (existsSync(done)) return folder;
  console.log(`Fetching ${wanted.join(', ')} …`);
  mkdirSync(folder, { recursive: true });
  await run(bin, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, ...wanted]);
  writeFileSync(done, wanted.join('\n'));
  return folder;
}

async function pythonWith(name, wanted) {
  const folder = join(cache, name);
  const bin = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const done = join(cache, `${name}.done`);
  if (existsSync(done)) return bin;
  console.log(`Fetching ${wanted.join(', ')} …`);
  mkdirSync(cache, { recursive: true });
  await run(findPython(), ['-m', 'venv', folder]);
  await run(bin, ['-m', 'pip', 'install', '--quiet', ...wanted]);
  writeFileSync(done, wanted.join('\n'));
  return bin;
}

/** Without running what packages would at their install, nor, of llama.cpp, the builds for other machines and graphics cards. */
async function nodeWith(name, wanted) {
  const folder = join(cache, name);
  const first = wanted[0].replace(/(.)@.*/, '$1');
  if (existsSync(join(folder, 'node_modules', first))) return folder;
  console.log(`Fetching ${wanted.join(', ')} …`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  // What transformers.js needs for pictures comes as an optional package for each kind of machine.
  const left = wanted === LLAMA_CPP ? ['--omit=optional'] : [];
  await run('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...left, ...wanted]);
  return folder;
}

function run(command, parameters) {
  return new Promise((done, failedToRun) => {
    const child = spawn(command, parameters, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', failedToRun);
    child.on('close', (code) => (code === 0 ? done() : failedToRun(new Error(`${command} ended with ${code}.`))));
  });
}
